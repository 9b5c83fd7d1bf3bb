/**
 * An authority of one's own and certificates by it, for the demonstration and the tests. An operator
 * has tools of their own for that: `docs/operating.md`.
 */
import "./reflect.ts";
import type { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** PEM texts. */
export type Certificate = { readonly certificate: string; readonly key: string };

export type Authority = {
  /** PEM, to be trusted. */
  readonly certificate: string;
  /** A server's certificate; names that are IP addresses count as such. */
  issue(names: readonly string[], from: Date, to: Date): Promise<Certificate>;
};

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

export async function createAuthority(from: Date, to: Date): Promise<Authority> {
  const keys = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=mailcensus demonstration authority",
    notBefore: from,
    notAfter: to,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    certificate: pem(authority),
    issue: (names, notBefore, notAfter) => issue(authority, keys, { names, notBefore, notAfter }),
  };
}

type Issued = { readonly names: readonly string[]; readonly notBefore: Date; readonly notAfter: Date };

async function issue(
  authority: X509Certificate,
  { privateKey }: webcrypto.CryptoKeyPair,
  { names, notBefore, notAfter }: Issued,
): Promise<Certificate> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=mailcensus broker",
    issuer: authority.subject,
    notBefore,
    notAfter,
    signingKey: privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      // A cluster's nodes are each other's clients too.
      new ExtendedKeyUsageExtension([SERVER_AUTH, CLIENT_AUTH]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? "ip" : "dns", value })),
      ),
    ],
  });
  const secret = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: pem(certificate), key: `${PemConverter.encode(secret, "PRIVATE KEY")}\n` };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Positive and of 15 bytes, as the standard wants it. */
function serial(): string {
  return `01${Buffer.from(crypto.getRandomValues(new Uint8Array(14))).toString("hex")}`;
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
