/** The collector's signing key, in a file of its own. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, writeNew } from "#schemas/common/files.ts";
import { type Identity, identityFrom, identityOfSeed } from "#schemas/nkey.ts";

/**
 * The key in this file, or null where there is no file.
 *
 * @throws MailcensusError `state-unreadable`
 */
export async function readCollectorIdentity(path: string): Promise<Identity | null> {
  const text = await read(path);
  if (text === null) return null;
  const identity = identityOfSeed(text);
  if (identity !== null) return identity;
  throw new MailcensusError(
    "state-unreadable",
    `${path} doesn't hold the collector's key: restore it from a backup. A new key would have to be pinned anew by every agent.`,
  );
}

/**
 * The key in this file, made where there is none; the file is for its owner alone.
 *
 * @param random gives so many secret random bytes
 * @throws MailcensusError `state-unreadable`
 */
export async function loadOrMakeCollectorIdentity(
  path: string,
  random: (size: number) => Uint8Array,
): Promise<Identity> {
  const before = await readCollectorIdentity(path);
  if (before !== null) return before;
  const identity = identityFrom(random(32));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (await writeNew(path, `${identity.seed}\n`)) return identity;
  // Another collector has made one at the same time: what is on the disk is the key.
  return (await readCollectorIdentity(path)) ?? identity;
}

async function read(path: string): Promise<string | null> {
  try {
    return (await readIfThere(path))?.toString("utf8") ?? null;
  } catch (cause) {
    throw new MailcensusError(
      "state-unreadable",
      `${path} can't be read (${errorCode(cause) ?? "unknown"}): see that it belongs to this user.`,
      { cause },
    );
  }
}
