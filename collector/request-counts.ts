/** Counts what was asked of the services; written now and then, since rubbish costs its sender nothing. */
import type { RightsRefusal } from "#schemas/rights.ts";
import type { Store } from "./store/index.ts";

/** What came of a question: answered, or refused by the rule that it broke. */
export type RequestOutcome =
  | ReceiptOutcome
  | "rights-answered"
  | `rights-${RightsRefusal}`
  | `policy-${ReceiptOutcome}`;
export type ReceiptOutcome = "answered" | "subject" | "request" | "busy" | "unavailable";

const WRITE_MS = 5_000;
const DAY_SECONDS = 86_400;

export class RequestCounts implements Disposable {
  readonly #store: Store;
  readonly #now: () => Date;
  #counts = new Map<RequestOutcome, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  count(outcome: RequestOutcome): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref();
  }

  /** What can't be written is kept for the next time. */
  #write(): void {
    this.#timer = null;
    const counts = this.#counts;
    this.#counts = new Map();
    const at = Math.floor(this.#now().getTime() / 1000);
    try {
      this.#store.transaction((ingest) => {
        for (const [outcome, count] of counts) {
          ingest.requests(outcome, count, at);
          const rule = refusedRule(outcome);
          if (rule !== null) ingest.desk.refuse(Math.floor(at / DAY_SECONDS), rule, count);
        }
      });
    } catch {
      for (const [outcome, count] of counts)
        this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + count);
    }
  }

  [Symbol.dispose](): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#write();
  }
}

/** The rule by which a rights request was refused; null of all else. */
function refusedRule(outcome: RequestOutcome): string | null {
  return outcome === "rights-answered" ? null : (/^rights-(.+)$/.exec(outcome)?.[1] ?? null);
}
