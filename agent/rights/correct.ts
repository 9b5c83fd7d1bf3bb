/** A later revision of a week that the collector has: counted anew, or as the admin has edited it. */
import { readBounded } from "#schemas/common/bounded.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import { MAX_REPORT_BYTES, type ReportV1, reportBytes } from "#schemas/report.ts";
import { signRightsRequest } from "#schemas/rights.ts";
import { notEnabled, type Workshop } from "../workshop.ts";
import { type Asking, askCollector } from "./ask.ts";
import { begin } from "./by-hand.ts";
import { eraseHere } from "./erase-here.ts";
import { ownFar, withFar } from "./far.ts";
import { makeRequest, requestFor } from "./make.ts";
import { type AskedRequest, askEach, isForSchedule } from "./round.ts";
import { recover } from "./settle.ts";

/** Of the present week, counted anew; or of any week, by the report in a file. */
export type Correction = { readonly period: string; readonly file: string } | null;

const HIGHEST = 999;

/** Call it under the lock. @throws MailcensusError `report-refused`, `right-refused`, `not-enabled`, `document-unreadable` … */
export async function correct(
  shop: Workshop,
  correction: Correction,
  signal: AbortSignal,
): Promise<AskedRequest> {
  await begin(shop);
  const far = await ownFar(shop);
  const period = correction?.period ?? shop.period();
  const edited = correction === null ? null : await readReport(correction.file);
  const waiting = (await shop.requests.waiting()).filter(({ meta }) => isForSchedule(meta));
  const asked = await withFar(shop, far, signal, async (asking) => {
    await askEach(shop, asking, waiting);
    const revision = (await highestOf(shop, asking, far.collector, period)) + 1;
    const bytes =
      edited === null
        ? await recounted(shop, revision, signal)
        : await asEdited(shop, edited, period, revision);
    const signature = signDigest("report", sha256(bytes), asking.identity.privateKey);
    const report = { text: bytes.toString("utf8"), signature: encodeSignature(signature) };
    const entry = await makeRequest(shop, { action: "correct", report }, far);
    const [one] = await askEach(shop, asking, [entry]);
    return one ?? { entry, answered: null, failure: null };
  });
  await recover(shop);
  if (asked instanceof MailcensusError) throw asked;
  return asked;
}

/** The highest revision that the collector or this folder knows of. @throws MailcensusError `right-refused` where there is none to correct */
async function highestOf(shop: Workshop, asking: Asking, collector: string, period: string): Promise<number> {
  const { identity, now, random } = asking;
  const head = { at: now(), collector, id: random(16), installation: identity.id };
  const { bytes, signature } = signRightsRequest(requestFor({ action: "export" }, head), identity.privateKey);
  const { answer, long } = await askCollector(asking, { bytes, signature: encodeSignature(signature) });
  if (answer.state === "erased") {
    await eraseHere(shop, answer.erased_at);
    throw notEnabled(await shop.effective());
  }
  const items = long.flatMap((part) => part.items);
  const stored = items.filter((item) => item.kind === "report" && item.period === period);
  if (stored.length === 0)
    throw new MailcensusError(
      "right-refused",
      `The collector has no report for week ${period} that could be corrected: mailcensus agent rights access shows which it has.`,
    );
  const known = items.flatMap((item) =>
    (item.kind === "report" || item.kind === "conflict") && item.period === period ? [item.revision] : [],
  );
  const here = (await shop.history.metas()).filter((meta) => meta.period === period);
  const highest = Math.max(...known, ...here.map(({ revision }) => revision));
  if (highest < HIGHEST) return highest;
  throw new MailcensusError(
    "right-refused",
    `Week ${period} has been corrected as often as it can be: it can only be erased now.`,
  );
}

async function recounted(shop: Workshop, revision: number, signal: AbortSignal): Promise<Buffer> {
  const effective = await shop.effective();
  if (effective.level === "off" || effective.level === "local") throw notEnabled(effective);
  const { report } = await shop.draft(effective, true, signal);
  return checked(shop, { ...report, revision });
}

/** The admin's own words, for this installation, week and revision: whatever else the file says of these. */
async function asEdited(
  shop: Workshop,
  edited: Readonly<Record<string, unknown>>,
  period: string,
  revision: number,
): Promise<Buffer> {
  const { id: installation } = await shop.identity();
  return checked(shop, { ...edited, installation, period, revision } as ReportV1);
}

function checked({ contract }: Workshop, report: ReportV1): Buffer {
  const bytes = reportBytes(report);
  const parsed = contract.parse(bytes);
  if (parsed.ok) return bytes;
  throw new MailcensusError(
    "report-refused",
    `The corrected report doesn't pass the report's schema (rule ${parsed.rule}, at ${parsed.pointer === "" ? "the whole" : parsed.pointer}), and was not sent: mend it there.`,
  );
}

async function readReport(file: string): Promise<Readonly<Record<string, unknown>>> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(file, MAX_REPORT_BYTES + 1);
  } catch (cause) {
    throw unreadable(`${file} can't be read (${errorCode(cause) ?? "unknown"})`, cause);
  }
  if (bytes.length > MAX_REPORT_BYTES) throw unreadable(`${file} is larger than any report`);
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw unreadable(`${file} isn't JSON`, cause);
  }
  throw unreadable(`${file} isn't a report`);
}

function unreadable(what: string, cause?: unknown): MailcensusError {
  return new MailcensusError(
    "document-unreadable",
    `${what}: name a file with the edited report, such as mailcensus agent rights access --text SHA256 prints it.`,
    { cause },
  );
}
