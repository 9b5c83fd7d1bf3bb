/**
 * Which of the collector's keys is believed (`docs/decisions/0011-the-collectors-key-changes.md`): the
 * pinned one, and those to which it leads by what each former key has signed. Once followed, a change
 * is kept in `collector-key.json`; then the former keys count for a day more, and no other way leads on
 * from them.
 */
import type { KeyObject } from "node:crypto";
import type { Log } from "#schemas/common/log.ts";
import { type KeyLink, linksFrom, parseChain, parseChainHeader } from "#schemas/key-chain.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { type CheckedReceipt, checkReceipt } from "#schemas/receipts.ts";
import type { RawAnswer } from "./publisher.ts";
import { isText, readDocument, type StatePaths, unlessDamaged, writeDocument } from "./state.ts";

/** For how long after a change former keys are believed: collectors aren't all started again at once. */
export const GRACE_MS = 24 * 3_600_000;

/** The changes that were followed from the pinned key on, and when the last one was. */
export type Followed = { readonly links: readonly KeyLink[]; readonly at: string | null };

const NOTHING: Followed = { links: [], at: null };

/** What was followed from this key. A damaged file counts as none: it is followed once more. */
export async function readFollowed(paths: StatePaths, pinned: string): Promise<Followed> {
  const read = readDocument<Followed>(paths.collectorKey, ({ version, followed_at, links }) => {
    const parsed = parseChain(JSON.stringify({ links }));
    return version !== 1 || !isText(followed_at) || parsed === null
      ? null
      : { links: parsed, at: followed_at };
  });
  const kept = (await unlessDamaged(read, null)) ?? NOTHING;
  // Checked again, and from the key that is pinned now: what is on the disk is believed as little as an answer.
  const links = linksFrom(pinned, kept.links);
  return links === null ? NOTHING : { links, at: kept.at };
}

/** The changes that are kept, whichever key is pinned now, each checked; none where nothing was followed. */
export async function knownLinks(
  paths: StatePaths,
): Promise<{ readonly from: string; readonly links: readonly KeyLink[] }> {
  const read = readDocument(paths.collectorKey, ({ version, links }) => {
    const parsed = parseChain(JSON.stringify({ links }));
    return version === 1 ? parsed : null;
  });
  const kept = (await unlessDamaged(read, null)) ?? [];
  const from = kept[0]?.from ?? "";
  return { from, links: linksFrom(from, kept) ?? [] };
}

export class CollectorKeys {
  readonly #pinned: string;
  readonly #keep: (followed: Followed) => Promise<void>;
  readonly #now: () => Date;
  #followed: Followed;

  private constructor(
    pinned: string,
    followed: Followed,
    keep: (followed: Followed) => Promise<void>,
    now: () => Date,
  ) {
    this.#pinned = pinned;
    this.#followed = followed;
    this.#keep = keep;
    this.#now = now;
  }

  /** @param pinned a public key @throws MailcensusError `state-unreadable` */
  static async open(paths: StatePaths, pinned: string, log: Log, now: () => Date): Promise<CollectorKeys> {
    const keep = async ({ links, at }: Followed): Promise<void> => {
      const document = { version: 1, pinned, followed_at: at, links } as const;
      await writeDocument(paths.collectorKey, document);
      log.warn("agent.collector-key", { changes: links.length });
    };
    return new CollectorKeys(pinned, await readFollowed(paths, pinned), keep, now);
  }

  /** Follows too, and keeps nothing. */
  static passing(pinned: string): CollectorKeys {
    return new CollectorKeys(
      pinned,
      NOTHING,
      async () => undefined,
      () => new Date(),
    );
  }

  /** Checks an answer as `checkReceipt` does, against the keys that are believed. @throws MailcensusError `state-unreadable` */
  check(
    { bytes, signature, keys = "" }: RawAnswer,
    expected: { readonly installation: string; readonly nonce: string },
  ): Promise<CheckedReceipt> {
    return this.believe<CheckedReceipt>(keys, (collector) =>
      checkReceipt(bytes, signature, { ...expected, collector }),
    );
  }

  /**
   * The first that one of the keys makes good, of what `look` finds with each.
   * @param keys the chain that came with the answer
   * @throws MailcensusError `state-unreadable`
   */
  async believe<Found extends { readonly ok: true } | { readonly ok: false; readonly rule: string }>(
    keys: string,
    look: (collector: KeyObject) => Found,
  ): Promise<Found | Forged> {
    const under = (id: string): Found | Forged => {
      const collector = publicKeyOf(id);
      return collector === null ? FORGED : look(collector);
    };
    const answer = under(this.#newest(this.#followed));
    if (answer.ok || answer.rule !== "signature") return answer;
    const further = this.#further(keys);
    const newer = further === null ? FORGED : under(this.#newest(further));
    if (further !== null && newer.ok) {
      await this.#keep(further);
      this.#followed = further;
      return newer;
    }
    return (
      this.#former()
        .map(under)
        .find(({ ok }) => ok) ?? FORGED
    );
  }

  /** Where the answer's chain leads beyond what was followed, and not beside it. */
  #further(keys: string): Followed | null {
    const known = this.#followed.links;
    const links = linksFrom(this.#pinned, parseChainHeader(keys) ?? []);
    if (links === null || links.length <= known.length) return null;
    if (!known.every(({ to }, index) => links[index]?.to === to)) return null;
    return { links, at: formatInstant(this.#now()) };
  }

  #newest({ links }: Followed): string {
    return links.at(-1)?.to ?? this.#pinned;
  }

  /** The keys that were given up, as long as they count. */
  #former(): string[] {
    const { links, at } = this.#followed;
    const age = at === null ? Number.NaN : this.#now().getTime() - Date.parse(at);
    return age >= 0 && age < GRACE_MS ? links.map(({ from }) => from) : [];
  }
}

type Forged = { readonly ok: false; readonly rule: "signature" };
const FORGED: Forged = { ok: false, rule: "signature" };
