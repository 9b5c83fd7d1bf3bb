/**
 * The main job, once, as its users do it: preview, enable, send, then a look at the bytes at each
 * place where they are. Each of the four hashes is computed from what lies *there*.
 */
import { setTimeout } from "node:timers/promises";
import { openStore, type StoreReader } from "#collector/store/index.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { sha256 } from "#schemas/envelope.ts";
import { parseReport, type ReportV1 } from "#schemas/report.ts";
import { mustRun } from "./command.ts";
import type { Layout, Ports } from "./layout.ts";
import { findCopy } from "./sink.ts";
import { Wire } from "./wire.ts";

/** What `npm start -- --once --json` prints. */
export type ChainResult = {
  readonly installation: string;
  readonly period: string;
  readonly revision: number;
  readonly sha256: {
    readonly preview: string;
    readonly wire: string;
    readonly stored: string;
    readonly copy: string;
  };
  /** How many reports the store took, and how many it already had. */
  readonly stored: number;
  readonly duplicate: number;
  readonly totals: ReportV1["totals"];
};

export type Told = {
  readonly report: ReportV1;
  readonly bytes: number;
  /** What the collector said of it, in a word. */
  readonly receipt: string;
  readonly copyFile: string;
};

const CONSENT = ["--yes", "--level", "full", "--purpose", "statistics"];
/** How long a report may take from the agent to the wire, in ms. */
const WIRE_WITHIN_MS = 30_000;
const SETTLED_WITHIN_MS = 15_000;
const SETTLED_LOOK_MS = 20;

/** @throws MailcensusError `chain-broken`, saying which step */
export async function runChain(
  layout: Layout,
  ports: Ports,
  signal: AbortSignal,
): Promise<{ result: ChainResult; told: Told }> {
  await mustRun(layout, ["agent", "enable", ...CONSENT], signal);
  const preview = await mustRun(layout, ["agent", "preview", "--json"], signal);
  const parsed = parseReport(preview);
  if (!parsed.ok) throw broken("preview", `it isn't a report (${parsed.rule} at "${parsed.pointer}")`);
  const { report } = parsed;

  const before = await countSettled(layout);
  await using wire = await Wire.watch(layout, ports);
  const passed = wire.nextReport(
    report.installation,
    AbortSignal.any([signal, AbortSignal.timeout(WIRE_WITHIN_MS)]),
  );
  const [answer, onWire] = await Promise.all([mustRun(layout, ["agent", "send", "--json"], signal), passed]);
  const after = await settledBeyond(layout, before, signal);

  const hashes = { preview: sha256(preview).toString("hex"), wire: onWire };
  const stored = await storedHash(layout, report, hashes.preview);
  const copy = await findCopy(layout.copies, hashes.preview);
  if (copy === null) throw broken("copy", "no carbon copy with these bytes lies in the mail sink");
  const all = { ...hashes, stored, copy: copy.sha256 };
  for (const [place, hash] of Object.entries(all)) {
    if (hash !== all.preview) throw broken(place, "its bytes aren't those of the preview");
  }
  return {
    result: {
      installation: report.installation,
      period: report.period,
      revision: report.revision,
      sha256: all,
      stored: after.stored - before.stored,
      duplicate: after.duplicate - before.duplicate,
      totals: report.totals,
    },
    told: { report, bytes: preview.length, receipt: receiptState(answer, report), copyFile: copy.file },
  };
}

function broken(place: string, what: string): MailcensusError {
  return new MailcensusError("chain-broken", `The step "${place}" failed: ${what}.`);
}

type Outcomes = ReturnType<StoreReader["ledger"]>[number]["outcomes"];
type Settled = { readonly stored: number; readonly duplicate: number; readonly all: number };

/** How many messages the collector has ever settled as stored and as duplicate, by its own ledger. */
async function countSettled(layout: Layout): Promise<Settled> {
  await using store = await openStore(`sqlite:${layout.store}`, "read");
  const sum = (of: (outcomes: Outcomes) => number): number =>
    store.reader.ledger().reduce((total, { outcomes }) => total + of(outcomes), 0);
  return {
    stored: sum(({ stored }) => stored),
    duplicate: sum(({ duplicate }) => duplicate),
    all: sum((outcomes) => Object.values(outcomes).reduce((total, count) => total + count, 0)),
  };
}

/** The counts once one more message is settled: the receipt of bytes sent again comes from the store, before the message itself is settled. */
async function settledBeyond(layout: Layout, before: Settled, signal: AbortSignal): Promise<Settled> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(SETTLED_WITHIN_MS)]);
  while (!within.aborted) {
    const now = await countSettled(layout);
    if (now.all > before.all) return now;
    await setTimeout(SETTLED_LOOK_MS);
  }
  throw broken("ledger", "the collector didn't settle what passed on the wire");
}

/** The SHA-256 of the bytes that the store gives back for this period. */
async function storedHash(layout: Layout, report: ReportV1, wanted: string): Promise<string> {
  await using store = await openStore(`sqlite:${layout.store}`, "read");
  const bytes = store.reader.reportBytes(report.installation, wanted);
  if (bytes === null) throw broken("store", "the store hasn't these bytes");
  return sha256(bytes).toString("hex");
}

/** The state of this report in what `agent send --json` printed: it prints a receipt only once its signature held. */
function receiptState(answer: Buffer, report: ReportV1): string {
  const { receipts } = JSON.parse(answer.toString("utf8")) as {
    receipts: { period: string; state: string }[];
  };
  const state = receipts.find(({ period }) => period === report.period)?.state;
  if (state === undefined) throw broken("receipt", "the collector gave none");
  return state;
}
