/**
 * Who may have something settled, and how much of it. Counts are kept in memory and, where somebody
 * sends more than a few messages, made of the store's own rows: a restart gives nobody a new budget,
 * and what another collector took is seen within a minute. The rate of new installations is in the store.
 */
import { publicBytes } from "#schemas/nkey.ts";
import type { AllowList } from "./allow-list.ts";
import {
  type Bucket,
  type Budget,
  bucketAt,
  DEFAULT_BUDGET,
  type Deferral,
  noSpace,
  notAllowed,
  overBudget,
  overNew,
  overRepeats,
  type Usage,
  usageAt,
  usageSpans,
} from "./budget.ts";
import type { Outcome } from "./outcome.ts";
import type { SpaceWatch } from "./space.ts";
import type { GuardStatements, UsageReader } from "./store/guard.ts";

/** So many messages of an installation are taken before the store is asked how many there were. */
const UNASKED = 3;
const FRESH_MS = 60_000;
/** Installations whose usage is remembered. */
const REMEMBERED = 10_000;

type Known = Usage & { readonly readAt: number | null };

export type GuardOptions = {
  readonly budget?: Budget;
  readonly allow?: Pick<AllowList, "has"> | null;
  readonly space?: Pick<SpaceWatch, "state"> | null;
};

export class Guard {
  readonly #budget: Budget;
  readonly #allow: Pick<AllowList, "has"> | null;
  readonly #space: Pick<SpaceWatch, "state"> | null;
  readonly #known = new Map<number, Known>();

  constructor({ budget = DEFAULT_BUDGET, allow = null, space = null }: GuardOptions = {}) {
    this.#budget = budget;
    this.#allow = allow;
    this.#space = space;
  }

  /** For one transaction; nothing of it counts before `keep`. */
  begin(statements: GuardStatements, now: Date): Admission {
    return new Admission(this.#budget, this.#allow, this.#space, statements, now, {
      get: (installation) => this.#known.get(installation),
      keep: (used) => this.#remember(used),
    });
  }

  /** Why a message of this installation would be deferred if it came now; null where it wouldn't be. */
  verdict(reader: UsageReader, installation: string, now: Date): Deferral | null {
    if (this.#allow?.has(installation) === false) return notAllowed(now);
    const space = this.#space?.state() ?? "enough";
    const publicKey = publicBytes(installation);
    const id = publicKey === null ? undefined : reader.find(publicKey);
    if (id === undefined) {
      if (space === "no-newcomers" || space === "nothing") return noSpace(now);
      return overNew(bucketAt(reader.bucket(), this.#budget, now), this.#budget);
    }
    if (space === "nothing") return noSpace(now);
    const usage = usageRead(this.#known.get(id), reader, id, now, 0);
    this.#remember(new Map([[id, usage]]));
    return overBudget(usage, this.#budget);
  }

  #remember(used: ReadonlyMap<number, Known>): void {
    for (const [installation, usage] of used) {
      this.#known.delete(installation);
      this.#known.set(installation, usage);
    }
    for (const installation of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(installation);
    }
  }
}

/** What a guard says of one transaction's messages. */
export type Admitting = Pick<Admission, "enter" | "spend" | "write" | "keep">;
export type Guarding = { begin(statements: GuardStatements, now: Date): Admitting };

/** For what the operator does with his own hands: no budget is asked, and none is used up. */
export const UNGUARDED: Guarding = {
  begin: () => ({
    enter: () => null,
    spend: () => null,
    write: () => undefined,
    keep: () => undefined,
  }),
};

type Memory = {
  get(installation: number): Known | undefined;
  keep(used: ReadonlyMap<number, Known>): void;
};

/** What a shortage of space that may soon be over is answered with: the batch is tried again. */
export class SpaceShort extends Error {
  /** As SQLite says it, and handled the same. */
  readonly code = "SQLITE_FULL";
}

export class Admission {
  readonly #budget: Budget;
  readonly #allow: Pick<AllowList, "has"> | null;
  readonly #space: Pick<SpaceWatch, "state"> | null;
  readonly #statements: GuardStatements;
  readonly #now: Date;
  readonly #memory: Memory;
  readonly #used = new Map<number, Known>();
  #bucket: Bucket | null = null;

  constructor(
    budget: Budget,
    allow: Pick<AllowList, "has"> | null,
    space: Pick<SpaceWatch, "state"> | null,
    statements: GuardStatements,
    now: Date,
    memory: Memory,
  ) {
    this.#budget = budget;
    this.#allow = allow;
    this.#space = space;
    this.#statements = statements;
    this.#now = now;
    this.#memory = memory;
  }

  /** @throws SpaceShort */
  enter(installation: string, known: number | undefined): Deferral | null {
    if (this.#allow?.has(installation) === false) return notAllowed(this.#now);
    if (known !== undefined) return null;
    const space = this.#spaceState();
    if (space === "no-newcomers" || space === "nothing") return noSpace(this.#now);
    const bucket = this.#bucket ?? bucketAt(this.#statements.bucket(), this.#budget, this.#now);
    const over = overNew(bucket, this.#budget);
    this.#bucket = over === null ? { ...bucket, tokens: bucket.tokens - 1 } : bucket;
    return over;
  }

  /**
   * Counts what an installation is about to have settled.
   *
   * @throws SpaceShort
   */
  spend(installation: number, outcome: Outcome, size: number): Deferral | null {
    const before = this.#used.get(installation) ?? this.#memory.get(installation);
    const usage = usageRead(before, this.#statements, installation, this.#now, UNASKED);
    const repeat = outcome === "duplicate";
    const over = repeat ? overRepeats(usage, this.#budget) : this.#overAsNew(usage);
    if (over === null) {
      this.#used.set(
        installation,
        repeat
          ? { ...usage, repeats: usage.repeats + 1 }
          : { ...usage, messages: usage.messages + 1, bytes: usage.bytes + size },
      );
    } else this.#used.set(installation, usage);
    return over;
  }

  /** Inside the transaction, at its end. */
  write(): void {
    if (this.#bucket !== null) this.#statements.setBucket(this.#bucket);
  }

  /** After the commit. */
  keep(): void {
    this.#memory.keep(this.#used);
  }

  #overAsNew(usage: Usage): Deferral | null {
    const over = overBudget(usage, this.#budget);
    if (over !== null) return over;
    return this.#spaceState() === "nothing" ? noSpace(this.#now) : null;
  }

  #spaceState(): ReturnType<SpaceWatch["state"]> {
    const state = this.#space?.state() ?? "enough";
    if (state === "waiting") throw new SpaceShort("the disk under the store is nearly full");
    return state;
  }
}

/** What is known of an installation's usage; from so many messages on, as the store knows it. */
function usageRead(
  before: Known | undefined,
  reader: UsageReader,
  installation: number,
  now: Date,
  unasked: number,
): Known {
  const usage = usageAt(before, now);
  const same = before !== undefined && before.week === usage.week && before.day === usage.day;
  const readAt = same ? before.readAt : null;
  const stale = readAt === null || Math.abs(now.getTime() - readAt) > FRESH_MS;
  if (usage.messages < unasked || !stale) return { ...usage, readAt };
  const stored = reader.usage(installation, usageSpans(usage));
  return {
    ...usage,
    messages: Math.max(usage.messages, stored.messages),
    bytes: Math.max(usage.bytes, stored.bytes),
    readAt: now.getTime(),
  };
}
