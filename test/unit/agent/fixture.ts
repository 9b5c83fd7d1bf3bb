/** An agent on a folder of its own, with a clock that stands still and a server that is quickly counted. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { CountReport } from "#agent/counting.ts";
import { type Agent, type AgentOptions, createAgent, type Ports } from "#agent/main.ts";
import type { Connection, Publication, Publisher, ServiceAnswer } from "#agent/publisher.ts";
import { parseConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { enrolmentText } from "#schemas/enrolment.ts";
import { encodeSignature } from "#schemas/envelope.ts";
import { metricsOf } from "#schemas/metrics.ts";
import { identityFrom } from "#schemas/nkey.ts";
import { parseReceiptRequest, type Receipt, signReceipt } from "#schemas/receipts.ts";
import { parseReport, type ReportV1 } from "#schemas/report.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

export const NOW = new Date("2026-11-18T10:00:00Z");
export const PERIOD = "2026-W47";

export function seeded(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

export const COLLECTOR = identityFrom(seeded("collector"));

/** A valid report in which only the totals are known. */
export function sampleReport(head: Parameters<CountReport>[0], mailboxes: number): ReportV1 {
  const counted = new Set(["totals.domains", "totals.mailboxes", "domains", "domains.mailboxes"]);
  const full = head.consent.level === "full";
  const sizes = [0, 1, 5, 20, 100, 500, 2000, 10_000] as const;
  return {
    schema: 1,
    ...head,
    totals: { domains: 1, mailboxes },
    features: [],
    ...(full
      ? {
          domains: {
            list: [{ domain: "mail.example", mailboxes }],
            withheld: { excluded: 0, form: 0, limit: 0 },
          },
        }
      : { domain_sizes: sizes.map((from) => ({ from, domains: from === 20 ? 1 : 0 })) }),
    unknown: metricsOf(head.consent.level, head.consent)
      .filter((metric) => !counted.has(metric))
      .sort()
      .map((metric) => ({ metric, source: "agent", reason: "unsupported" }) as const),
  };
}

/** Randomness that can be told again. */
export function testRandom(seed: string): (size: number) => Uint8Array {
  let turn = 0;
  return (size) => {
    turn += 1;
    return seeded(`${seed}/${turn}`).subarray(0, size);
  };
}

export const SILENT: Log = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Broker and collector as the port shows them: what was published is kept, and receipted. */
export class FakeFar implements Publisher {
  readonly published: Publication[] = [];
  readonly asked: string[][] = [];
  connections = 0;
  /** What goes wrong, and where. */
  fault: { at: "connect" | "publish" | "ask"; error: MailcensusError } | null = null;
  collector = COLLECTOR;
  /** What the answers say of former keys. */
  keys = "";
  /** Changes an answer before it is signed, or its bytes after. */
  twist: (receipt: Parameters<typeof signReceipt>[0]) => Parameters<typeof signReceipt>[0] = (receipt) =>
    receipt;
  /** States other than `stored`, by hash. */
  readonly states = new Map<string, Receipt>();
  readonly stored = new Set<string>();
  /** Whether published reports reach the store. */
  storing = true;
  installation = "";
  /** How often another service than that of receipts was asked. */
  called = 0;
  /** Answers for policies: a collector from before them has none. */
  policy: (question: Uint8Array) => ServiceAnswer | Promise<ServiceAnswer> = () => ({
    refused: "unavailable",
  });
  /** A collector from before rights, unless a test gives it some: whoever asks it keeps what was asked. */
  rights: (question: Uint8Array, signature: string | null) => ServiceAnswer = () => ({
    refused: "unavailable",
  });
  readonly rightsAsked: string[] = [];

  connect(): Promise<Connection> {
    this.connections += 1;
    if (this.fault?.at === "connect") return Promise.reject(this.fault.error);
    return Promise.resolve({
      publish: async (publication) => {
        if (this.fault?.at === "publish") throw this.fault.error;
        this.published.push(publication);
        if (this.storing) this.stored.add(publication.sha256);
      },
      ask: async (question) => {
        if (this.fault?.at === "ask") throw this.fault.error;
        const request = parseReceiptRequest(question);
        if (request === null) throw new Error("not a request");
        this.asked.push(request.have);
        const { bytes, signature } = signReceipt(
          this.twist({
            installation: this.installation,
            nonce: request.nonce,
            at: "2026-11-18T10:00:01Z",
            receipts: request.have.map((sha256) => this.#answer(sha256)),
          }),
          this.collector.privateKey,
        );
        return { bytes, signature: encodeSignature(signature), keys: this.keys };
      },
      call: async (service, question, signature) => {
        this.called += 1;
        if (service === "policy") return this.policy(question);
        this.rightsAsked.push(Buffer.from(question).toString("utf8"));
        return this.rights(question, signature);
      },
      [Symbol.asyncDispose]: async () => undefined,
    });
  }

  #answer(sha256: string): Receipt {
    const other = this.states.get(sha256);
    if (other !== undefined) return other;
    if (!this.stored.has(sha256)) return { sha256, state: "unknown" };
    return { sha256, state: "stored", period: PERIOD, revision: 0, at: "2026-11-18T10:00:01Z" };
  }
}

export const UNREACHABLE = new MailcensusError("broker-unreachable", "The broker can't be reached.");

export type Fixture = AsyncDisposable & {
  readonly temp: TempFolder;
  readonly far: FakeFar;
  readonly world: {
    now: Date;
    mailboxes: number;
    env: NodeJS.ProcessEnv;
    mailServerDown: boolean;
    counted: number;
  };
  readonly mailed: { messageId: string; attachment: Buffer }[];
  readonly count: CountReport;
  /** An agent as a new process would make it. */
  agent(
    changes?: Partial<Pick<AgentOptions, "contract" | "policy">> & { readonly collector?: string },
  ): Agent;
};

export type FixtureOptions = {
  readonly copy?: boolean;
  readonly ports?: Partial<Ports>;
  readonly toml?: string;
};

export async function fixture({
  copy = false,
  ports = {},
  toml = "",
}: FixtureOptions = {}): Promise<Fixture> {
  const temp = await tempFolder();
  await writeFile(
    temp.file("enrolment.json"),
    enrolmentText({
      account: identityFrom(seeded("account"), "account").id,
      signingSeed: identityFrom(seeded("signing"), "account").seed,
    }),
  );
  const text = `
[operator]
name = "Example"
contact = "privacy@operator.example"
[agent]
state = "state"
collector_key = "${COLLECTOR.id}"
[nats]
servers = ["nats://127.0.0.1:1"]
enrolment = "enrolment.json"
${copy ? '[copy]\nto = "admin@mx.example"\nsmtp = "smtp://127.0.0.1:1"' : ""}
${toml}`;
  const file = temp.file("mailcensus.toml");
  await writeFile(file, text);
  const far = new FakeFar();
  const world = { now: NOW, mailboxes: 25, env: {}, mailServerDown: false, counted: 0 };
  const mailed: { messageId: string; attachment: Buffer }[] = [];
  const config = { config: parseConfig(text, file), file };
  const count: CountReport = async (head) => {
    world.counted += 1;
    far.installation = head.installation;
    return sampleReport(head, world.mailboxes);
  };
  return {
    temp,
    far,
    world,
    mailed,
    count,
    agent: ({ collector = COLLECTOR.id, ...changes } = {}) =>
      createAgent({
        ...changes,
        config: {
          file,
          config: { ...config.config, agent: { ...config.config.agent, collector_key: collector } },
        },
        env: world.env,
        now: () => world.now,
        random: testRandom("agent"),
        log: SILENT,
        ports: {
          count,
          publisher: () => far,
          mailer:
            () =>
            async ({ messageId, attachment }) => {
              if (world.mailServerDown) throw new MailcensusError("copy-failed", "The mail server is down.");
              mailed.push({ messageId, attachment: attachment.content });
            },
          ...ports,
        },
      }),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

/** The report, which must be one. */
export function reportOf(bytes: Uint8Array): ReportV1 {
  const parsed = parseReport(bytes);
  if (!parsed.ok) throw new Error(`not a report: ${parsed.rule} ${parsed.pointer}`);
  return parsed.report;
}

export const ALIVE = new AbortController().signal;
export const TERMS = { level: "full", purposes: ["statistics"] } as const;
