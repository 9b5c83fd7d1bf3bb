/** A broker, a collector that runs, and an operator beside it who calls commands as at a terminal. */
import { openStore } from "#collector/store/index.ts";
import type { Flags } from "#schemas/common/command.ts";
import { decodeSignature, encodeSignature, sha256, verifyDigest } from "#schemas/envelope.ts";
import type { DataPart, SignedText } from "#schemas/export.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { formatInstant, parsePeriod } from "#schemas/period.ts";
import { reportBytes } from "#schemas/report.ts";
import { parseRightsAnswer, type RightsAnswerV1 } from "#schemas/rights.ts";
import { startBroker } from "#support/broker.ts";
import { type SignedReport, signBytes, testIdentity, testReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { command } from "./command.ts";
import { startCollector, writeConfig } from "./harness.ts";

export const alice = testIdentity(1);
export const bob = testIdentity(2);
export const EVIDENCE = "wrote from postmaster at the server's own address";

/** A report that names this one domain. */
export function naming(
  identity: typeof alice,
  domain: string,
  options: Parameters<typeof testReport>[1] = {},
): SignedReport {
  const report = testReport(identity, { ...options, domains: 1 });
  const { domains } = report;
  const list = domains?.list.map((row) => ({ ...row, domain })) ?? [];
  return signBytes(
    identity,
    reportBytes(domains === undefined ? report : { ...report, domains: { ...domains, list } }),
  );
}

export async function startDesk({
  now = () => new Date(),
  listen,
}: {
  now?: () => Date;
  listen?: string;
} = {}) {
  await using first = new AsyncDisposableStack();
  const broker = first.use(await startBroker());
  const folder = first.use(await tempFolder());
  const outbox = first.use(await tempFolder());
  const configFile = await writeConfig(broker, folder);
  const collector = first.use(
    await startCollector(broker, folder, listen === undefined ? { now } : { now, listen }),
  );
  const kept = first.move();
  return {
    broker,
    folder,
    /** What the operator writes lies apart from what the collector keeps. */
    outbox,
    configFile,
    collector,
    /** Runs `collector rights NAME`. */
    async desk(
      name: string,
      flags: Flags = {},
      {
        files = [],
        json = false,
        at,
        reply = null,
      }: {
        files?: readonly string[];
        json?: boolean;
        at?: Date;
        reply?: string | null;
      } = {},
    ) {
      const told: string[] = [];
      const asked: string[] = [];
      const done = await command(`rights ${name}`, {
        configFile,
        flags,
        positionals: files,
        json,
        now: () => at ?? now(),
        tell: (line) => void told.push(line),
        ask: (question) => {
          asked.push(question);
          return Promise.resolve(reply);
        },
      });
      return { ...done, told: told.join("\n"), asked };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Puts a report where retention would, which needs three years for it. */
export async function archive(storeUrl: string, report: SignedReport): Promise<void> {
  await using store = await openStore(storeUrl);
  const { installation, period, revision } = JSON.parse(report.bytes.toString()) as {
    installation: string;
    period: string;
    revision: number;
  };
  const at = formatInstant(new Date());
  store.archive.put([
    {
      installation,
      period,
      week: parsePeriod(period) ?? 0,
      revision,
      sha256: report.sha256,
      signature: encodeSignature(report.signature),
      stored_at: at,
      archived_at: at,
      bytes: report.bytes,
    },
  ]);
}

/** The answers of a file, each signed by the collector; throws where one isn't. */
export function answersIn(text: string, collector: string): readonly RightsAnswerV1[] {
  const key = publicKeyOf(collector);
  const file = JSON.parse(text) as Partial<SignedText> & { parts?: readonly DataPart[] };
  const signed = file.parts?.map(({ answer }) => answer) ?? [file as SignedText];
  return signed.map((one) => {
    const bytes = Buffer.from(one.text);
    const answer = parseRightsAnswer(bytes);
    const signature = decodeSignature(one.signature);
    if (key === null || answer === null || signature === null)
      throw new Error("there is no answer, or nobody's");
    if (!verifyDigest("receipt", sha256(bytes), signature, key))
      throw new Error("an answer isn't the collector's");
    return answer;
  });
}
