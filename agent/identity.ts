/** The installation's key: made here, at the first `preview` or `enable`; making it sends nothing. */
import { type Identity, identityFrom, identityOfSeed } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import type { Random } from "./random.ts";
import { isText, readDocument, type StatePaths, writeDocument } from "./state.ts";

/** The key, or null where none has been made yet. @throws MailcensusError `state-unreadable` */
export function readIdentity(paths: StatePaths): Promise<Identity | null> {
  return readDocument(paths.identity, ({ version, seed }) =>
    version === 1 && isText(seed) ? identityOfSeed(seed) : null,
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

function documentOf(identity: Identity, now: Date) {
  return { version: 1, seed: identity.seed, made_at: formatInstant(now) } as const;
}
