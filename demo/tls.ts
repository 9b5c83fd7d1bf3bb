/** The demonstration's certificates: made at the first start, and again before they end. */
import { X509Certificate } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { readIfThere, writeAtomic } from "#schemas/common/files.ts";
import { createAuthority } from "./certificates.ts";

/** PEM files. */
export type TlsFiles = { readonly ca: string; readonly cert: string; readonly key: string };

const NAMES = ["localhost", "127.0.0.1"];
const DAY_MS = 86_400_000;
const VALID_DAYS = 365;
const RENEWED_BEFORE_DAYS = 30;

/** The authority's key is forgotten at once: nobody can make another certificate of it. */
export async function ensureCertificates(files: TlsFiles, now: Date): Promise<void> {
  if (await stillGood(files, now)) return;
  const from = new Date(now.getTime() - DAY_MS);
  const to = new Date(now.getTime() + VALID_DAYS * DAY_MS);
  const authority = await createAuthority(from, to);
  const { certificate, key } = await authority.issue(NAMES, from, to);
  await mkdir(dirname(files.cert), { recursive: true, mode: 0o755 });
  await writeAtomic(files.key, key);
  await writeAtomic(files.cert, certificate, 0o644);
  await writeAtomic(files.ca, authority.certificate, 0o644);
}

async function stillGood({ ca, cert, key }: TlsFiles, now: Date): Promise<boolean> {
  const [authority, certificate, secret] = await Promise.all([ca, cert, key].map(readIfThere));
  if (authority == null || certificate == null || secret == null) return false;
  try {
    const found = new X509Certificate(certificate);
    const ends = Date.parse(found.validTo);
    return (
      found.verify(new X509Certificate(authority).publicKey) &&
      Date.parse(found.validFrom) <= now.getTime() &&
      ends - now.getTime() > RENEWED_BEFORE_DAYS * DAY_MS
    );
  } catch {
    return false;
  }
}
