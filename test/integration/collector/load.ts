/** Made-up installations that publish as fast as they can, each report until the broker says that it has it. */
import { setTimeout as delay } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { reportBytes } from "#schemas/report.ts";
import { reportSubject } from "#schemas/subjects.ts";
import {
  type ReportOptions,
  type SignedReport,
  signBytes,
  testIdentity,
  testReport,
} from "#support/reports.ts";
import { until } from "./harness.ts";

const BATCH = 20;
/** So many more are published while something starts, which on a busy machine takes seconds. */
const AHEAD = 150;

/** What the nth report says, always the same: it needn't be kept to be known. */
export type MadeUp = { readonly installation: string; readonly period: string; readonly bytes: Buffer };

export class Load {
  /** Of the reports from 0 on, how many the broker has. */
  published = 0;
  /** Given to the broker, which hasn't said yet that it has them. */
  inFlight = 0;
  readonly #connection: NatsConnection;
  readonly #week = periodNumber(new Date());
  readonly #publishing: Promise<void>;
  #limit = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#publishing = this.#publish();
  }

  /** Each tenth corrects the one before it; there are three weeks, both levels, and few figures twice. */
  made(n: number): MadeUp {
    const { seed, options } = this.#sketch(n);
    const identity = testIdentity(seed);
    const bytes = reportBytes(testReport(identity, options));
    return { installation: identity.id, period: options.period ?? "", bytes };
  }

  /** Whether a later one has taken its place. */
  isCorrected(n: number): boolean {
    return isCorrection(n + 1) && n + 1 < this.published;
  }

  /** Flows without a limit until so many more are published, and goes on so. */
  async more(count: number): Promise<void> {
    this.#limit = Number.POSITIVE_INFINITY;
    const goal = this.published + count;
    await until(() => this.published >= goal, 60_000);
  }

  /** Publishes only a few more. */
  hold(): void {
    this.#limit = this.published + AHEAD;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#publishing;
  }

  /** Each third one twice, and rubbish between them. */
  async #publish(): Promise<void> {
    while (!this.#stopped) {
      if (this.published < this.#limit) {
        const batch = Array.from({ length: BATCH }, (_, n) => this.#signed(this.published + n));
        const rubbish = {
          subject: reportSubject(testIdentity(0).id),
          bytes: Buffer.from("rubbish"),
          headers: headers(),
        };
        const sent = [...batch, ...batch.filter((_, n) => n % 3 === 0), rubbish];
        await Promise.all(sent.map((one) => this.#untilTaken(one)));
        this.published += BATCH;
      }
      await delay(5);
    }
  }

  async #untilTaken({ subject, bytes, headers }: Pick<SignedReport, "subject" | "bytes" | "headers">) {
    const js = jetstream(this.#connection);
    this.inFlight += 1;
    for (;;) {
      const acked = await js.publish(subject, bytes, { headers, timeout: 500 }).catch(() => null);
      if (acked !== null) break;
      await delay(50);
    }
    this.inFlight -= 1;
  }

  #signed(n: number): SignedReport {
    const { seed, options } = this.#sketch(n);
    const identity = testIdentity(seed);
    return signBytes(identity, reportBytes(testReport(identity, options)));
  }

  #sketch(n: number): { readonly seed: number; readonly options: ReportOptions } {
    const seed = isCorrection(n) ? n - 1 : n;
    const options: ReportOptions = {
      seed: n,
      domains: 1 + (n % 4),
      level: n % 3 === 0 ? "counts" : "full",
      period: formatPeriod(this.#week - (seed % 3)),
      revision: isCorrection(n) ? 1 : 0,
    };
    return { seed, options };
  }
}

function isCorrection(n: number): boolean {
  return n % 10 === 9;
}
