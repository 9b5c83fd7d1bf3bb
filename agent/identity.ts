/** The installation's key: made here, at the first `preview` or `enable`; making it sends nothing. */
import { decodeSignature, sha256, verifyDigest } from "#schemas/envelope.ts";
import { type Identity, identityFrom, identityOfSeed, publicKeyOf } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import type { ParseReport } from "#schemas/report.ts";
import type { SpoolMeta } from "./entry.ts";
import type { Random } from "./random.ts";
import { isText, readDocument, type StatePaths, writeDocument } from "./state.ts";

const ADVICE =
  "it is the installation's key, and can't be made again. Restore this file from a backup; or move the whole folder away and bring an export back with mailcensus agent state import; or, where there is neither, move the folder away and begin with mailcensus agent enable as a new installation, which the operator counts beside the old one";

/** The key, or null where none has been made yet. @throws MailcensusError `state-unreadable` */
export function readIdentity(paths: StatePaths): Promise<Identity | null> {
  return readDocument(
    paths.identity,
    ({ version, seed }) => (version === 1 && isText(seed) ? identityOfSeed(seed) : null),
    ADVICE,
  );
}

/** The key; made and kept where there was none. Call it under the lock. */
export async function ensureIdentity(paths: StatePaths, random: Random, now: Date): Promise<Identity> {
  const found = await readIdentity(paths);
  if (found !== null) return found;
  const identity = identityFrom(random(32));
  await writeDocument(paths.identity, documentOf(identity, now));
  return identity;
}

/**
 * Whether bytes of the spool or the history are a report that this installation signed, under the name
 * that they stand under. Whatever is published was read through this: a hash beside altered bytes can be
 * altered with them, a signature can't.
 */
export function signedHere(
  paths: StatePaths,
  parse: ParseReport,
): (bytes: Buffer, meta: SpoolMeta) => Promise<boolean> {
  return async (bytes, { signature, period, revision }) => {
    const identity = await readIdentity(paths);
    const key = identity === null ? null : publicKeyOf(identity.id);
    const decoded = decodeSignature(signature);
    if (key === null || decoded === null || !verifyDigest("report", sha256(bytes), decoded, key))
      return false;
    const parsed = parse(bytes);
    return parsed.ok && parsed.report.period === period && parsed.report.revision === revision;
  };
}

function documentOf(identity: Identity, now: Date) {
  return { version: 1, seed: identity.seed, made_at: formatInstant(now) } as const;
}
