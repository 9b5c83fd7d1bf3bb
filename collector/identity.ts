/**
 * The collector's signing key, in a file of its own: a line with the seed, and, where there were former
 * keys, one with the statements by which each vouches for the next. One file, so that it changes at once.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { readIfThere, writeAtomic, writeNew } from "#schemas/common/files.ts";
import { type KeyLink, linksFrom, MAX_LINKS, parseChain, signLink } from "#schemas/key-chain.ts";
import { type Identity, identityFrom, identityOfSeed } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";

export type CollectorIdentity = Identity & {
  /** The newest changes that led to this key, oldest first; none where it is the first key. */
  readonly links: readonly KeyLink[];
};

/**
 * The key in this file, or null where there is no file.
 *
 * @throws MailcensusError `state-unreadable`
 */
export async function readCollectorIdentity(path: string): Promise<CollectorIdentity | null> {
  const text = await read(path);
  if (text === null) return null;
  const [seed, ...rest] = text.trimEnd().split("\n");
  const identity = identityOfSeed(seed ?? "");
  const links = rest.length === 0 ? [] : linksTo(identity, rest.join("\n"));
  if (identity !== null && links !== null) return { ...identity, links };
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
): Promise<CollectorIdentity> {
  const before = await readCollectorIdentity(path);
  if (before !== null) return before;
  const identity = { ...identityFrom(random(32)), links: [] };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (await writeNew(path, `${identity.seed}\n`)) return identity;
  // Another collector has made one at the same time: what is on the disk is the key.
  return (await readCollectorIdentity(path)) ?? identity;
}

/**
 * Puts a new key in the place of the present one, which signs the new one first and is then gone.
 *
 * @param random gives so many secret random bytes
 * @throws MailcensusError `state-unreadable`, also where there is no key yet
 */
export async function rotateCollectorIdentity(
  path: string,
  random: (size: number) => Uint8Array,
  now: Date,
): Promise<CollectorIdentity> {
  const before = await readCollectorIdentity(path);
  if (before === null)
    throw new MailcensusError(
      "state-unreadable",
      `There is no key at ${path} that could be changed: mailcensus collector run makes it.`,
    );
  const next = identityFrom(random(32));
  const link = signLink({ from: before.id, to: next.id, at: formatInstant(now) }, before.privateKey);
  const links = [...before.links, link].slice(-MAX_LINKS);
  try {
    await writeAtomic(path, `${next.seed}\n${JSON.stringify({ links })}\n`);
  } catch (cause) {
    throw new MailcensusError(
      "state-unreadable",
      `${path} can't be written (${errorCode(cause) ?? "unknown"}): make its folder writable for this user. The key is the old one.`,
      { cause },
    );
  }
  return { ...next, links };
}

/** The links of a file's second part, where they are sound and lead to its key. */
function linksTo(identity: Identity | null, text: string): readonly KeyLink[] | null {
  const links = parseChain(text) ?? [];
  const [first] = links;
  if (identity === null || first === undefined || links.at(-1)?.to !== identity.id) return null;
  return linksFrom(first.from, links);
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
