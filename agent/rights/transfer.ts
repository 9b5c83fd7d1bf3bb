/** Takes what is stored to another collector: exported here, imported there, by the same installation. */
import { MailcensusError } from "#schemas/common/errors.ts";
import type { RightsAnswerV1, RightsRequestV1 } from "#schemas/rights.ts";
import type { Workshop } from "../workshop.ts";
import type { Answered } from "./ask.ts";
import { act, askAll } from "./by-hand.ts";
import { otherFar, ownFar } from "./far.ts";
import { makeRequest } from "./make.ts";
import type { RequestEntry } from "./requests.ts";
import type { AskedRequest } from "./round.ts";

type Carried = Extract<RightsRequestV1, { action: "import" }>["reports"];
export type ImportOutcome = Extract<RightsAnswerV1, { action: "import"; state: "done" }>["outcomes"][number];

export type Transferred = {
  /** The request to the collector that has the data. */
  readonly exported: AskedRequest;
  readonly imported: readonly AskedRequest[];
  readonly outcomes: readonly ImportOutcome[];
  /** Reports of which only hash and signature are stored, so that there is nothing to take along. */
  readonly without: number;
};

/** Of one request, so that it fits into a message with its headers. */
const BATCH_BYTES = 900_000;
const BATCH_REPORTS = 64;

/** Call it under the lock. @param file the other collector's configuration */
export async function transfer(shop: Workshop, file: string, signal: AbortSignal): Promise<Transferred> {
  const far = await otherFar(file);
  if (far.collector === (await ownFar(shop)).collector)
    throw new MailcensusError(
      "usage",
      "That configuration pins this installation's own collector: name the one of the collector to go to.",
    );
  const exported = await act(shop, { action: "export" }, signal);
  const reports = exported.answered === null ? [] : reportsOf(exported.answered);
  const whole = reports.filter((report) => report.text !== undefined);
  const entries: RequestEntry[] = [];
  for (const batch of batchesOf(whole.map(({ text = "", signature }) => ({ text, signature }))))
    entries.push(await makeRequest(shop, { action: "import", reports: batch }, far));
  const imported = entries.length === 0 ? [] : await askAll(shop, far, entries, signal);
  const outcomes = imported.flatMap(({ answered }) => {
    const answer = answered?.answer;
    return answer?.state === "done" && answer.action === "import" ? answer.outcomes : [];
  });
  return { exported, imported, outcomes, without: reports.length - whole.length };
}

function reportsOf({ long }: Answered) {
  return long.flatMap(({ items }) => items.filter((item) => item.kind === "report"));
}

/** In order, each as full as it may be. */
export function batchesOf(reports: Carried): Carried[] {
  const batches: Carried[] = [];
  let size = 0;
  for (const report of reports) {
    const bytes = Buffer.byteLength(JSON.stringify(report)) + 1;
    const batch = batches.at(-1);
    if (batch === undefined || batch.length === BATCH_REPORTS || size + bytes > BATCH_BYTES) {
      batches.push([report]);
      size = bytes;
    } else {
      batch.push(report);
      size += bytes;
    }
  }
  return batches;
}
