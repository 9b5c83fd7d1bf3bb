/** What is known of a made report, in the spool and, once it is settled, in the history. */
import type { Receipt } from "#schemas/receipts.ts";
import { type Binding, parseBinding } from "./binding.ts";
import { type Fields, isCount, isText, isTextOrNull, oneOf } from "./state.ts";

export type SpoolMeta = {
  readonly version: 1;
  readonly period: string;
  readonly revision: number;
  readonly sha256: string;
  readonly signature: string;
  readonly binding: Binding;
  readonly made_at: string;
  /** The carbon copy: not wanted, still to be put into its outbox, or there (or already gone from it). */
  readonly copy: "none" | "due" | "queued";
  /** How often it was given to the broker. */
  readonly attempts: number;
  /** When it was first given to the broker, which may or may not have taken it; null before. */
  readonly offered_at: string | null;
  /** When the broker first acknowledged it. */
  readonly published_at: string | null;
};

/** withdrawn: consent ended after it may have been published; the others are the collector's words. */
export const SETTLED_STATES = [
  "stored",
  "superseded",
  "conflict",
  "quarantined",
  "withdrawn",
  "erased",
] as const;
export type SettledState = (typeof SETTLED_STATES)[number];

/** The collector's signed answer: its exact bytes as text, and the signature over them. */
export type KeptReceipt = { readonly text: string; readonly signature: string };

export type HistoryMeta = SpoolMeta & {
  readonly state: SettledState;
  readonly settled_at: string;
  readonly receipt: KeptReceipt | null;
  /** Of a quarantined report. */
  readonly rule: string | null;
  readonly pointer: string | null;
  /** Of a conflict: the highest revision that the collector has. */
  readonly highest: number | null;
};

/** A report in the spool or the history that isn't as it was written: it is told, and never sent. */
export type DamagedEntry = { readonly folder: "spool" | "history"; readonly name: string };

/** The name of a report's files. */
export function entryName({
  period,
  revision,
}: {
  readonly period: string;
  readonly revision: number;
}): string {
  return `${period}.r${revision}`;
}

export function parseSpoolMeta(fields: Fields): SpoolMeta | null {
  const { version, period, revision, sha256, signature, made_at, attempts, offered_at, published_at } =
    fields;
  const copy = oneOf(["none", "due", "queued"], fields["copy"]);
  const binding = parseBinding(fields["binding"]);
  if (version !== 1 || copy === null || binding === null) return null;
  if (!isText(period) || !isText(sha256) || !isText(signature) || !isText(made_at)) return null;
  if (!isCount(revision) || !isCount(attempts) || !isTextOrNull(offered_at) || !isTextOrNull(published_at))
    return null;
  return {
    version,
    period,
    revision,
    sha256,
    signature,
    binding,
    made_at,
    copy,
    attempts,
    offered_at,
    published_at,
  };
}

export function parseHistoryMeta(fields: Fields): HistoryMeta | null {
  const common = parseSpoolMeta(fields);
  const { settled_at, rule, pointer, highest } = fields;
  const state = oneOf(SETTLED_STATES, fields["state"]);
  const receipt = parseKeptReceipt(fields["receipt"]);
  if (common === null || state === null || receipt === undefined || !isText(settled_at)) return null;
  if (!isTextOrNull(rule) || !isTextOrNull(pointer) || !(highest === null || isCount(highest))) return null;
  return { ...common, state, settled_at, receipt, rule, pointer, highest };
}

/** An answer that says what became of a report for good. */
export type SettlingReceipt = Exclude<Receipt, { state: "unknown" | "deferred" }>;

/** A report's record once the collector has said what became of it. */
export function settledMeta(
  meta: SpoolMeta,
  receipt: SettlingReceipt,
  kept: KeptReceipt,
  at: string,
): HistoryMeta {
  const quarantined = receipt.state === "quarantined";
  return {
    ...meta,
    state: receipt.state,
    settled_at: at,
    receipt: kept,
    rule: quarantined ? receipt.rule : null,
    pointer: quarantined ? receipt.pointer : null,
    highest: receipt.state === "conflict" ? receipt.highest : null,
  };
}

/** A report's record where consent ended while it was on its way. */
export function withdrawnMeta(meta: SpoolMeta, at: string): HistoryMeta {
  return {
    ...meta,
    state: "withdrawn",
    settled_at: at,
    receipt: null,
    rule: null,
    pointer: null,
    highest: null,
  };
}

/** The kept receipt, null where none is kept, undefined where it is something else. */
function parseKeptReceipt(value: unknown): KeptReceipt | null | undefined {
  if (value === null) return null;
  if (typeof value !== "object") return undefined;
  const { text, signature } = value as Fields;
  return isText(text) && isText(signature) ? { text, signature } : undefined;
}
