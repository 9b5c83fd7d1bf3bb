/**
 * Drafts: what `preview` showed is what `enable` and `send` use in the same period. A draft is kept for
 * each set of terms, so that looking at another level doesn't change what is sent.
 */
import { MailcensusError } from "#schemas/common/errors.ts";
import { sha256 } from "#schemas/envelope.ts";
import { type ParseReport, type ReportV1, reportBytes } from "#schemas/report.ts";
import { type Binding, parseBinding, whyChanged } from "./binding.ts";
import { PairFolder } from "./pairs.ts";
import { type Fields, isText, type StatePaths } from "./state.ts";
import { recordRefusal } from "./status.ts";

export type DraftMeta = {
  readonly version: 1;
  readonly sha256: string;
  readonly binding: Binding;
  readonly made_at: string;
};

/** The exact bytes of a report, not published yet or already settled. */
export type Draft = {
  readonly bytes: Buffer;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly report: ReportV1;
  readonly binding: Binding;
  /** Why it isn't the draft last shown in this period: a sentence for each reason; none where it is. */
  readonly changed: readonly string[];
};

export function draftFolder(paths: StatePaths): PairFolder<DraftMeta> {
  return new PairFolder(paths.drafts, parseDraftMeta);
}

export function parseDraftMeta(fields: Fields): DraftMeta | null {
  const binding = parseBinding(fields["binding"]);
  const { version, sha256: hash, made_at } = fields;
  return version === 1 && isText(hash) && isText(made_at) && binding !== null
    ? { version, sha256: hash, binding, made_at }
    : null;
}

export type DraftOptions = {
  readonly paths: StatePaths;
  readonly parse: ParseReport;
  readonly binding: Binding;
  /** Counts the server anew. */
  readonly count: () => Promise<ReportV1>;
  /** Counts anew even where there is a draft. */
  readonly recount: boolean;
  /** An instant as documents hold it. */
  readonly at: string;
};

/**
 * The draft bound to these terms: the one that is there, or a new one.
 * @throws MailcensusError `report-refused` where what was counted breaks the schema; rule and pointer are kept
 */
export async function prepareDraft({
  paths,
  parse,
  binding,
  count,
  recount,
  at,
}: DraftOptions): Promise<Draft> {
  const folder = draftFolder(paths);
  const name = draftName(binding);
  // A damaged draft is none: the server is counted anew.
  const there = await folder.whole(name);
  const before = there ?? (await newestOfPeriod(folder, binding.period));
  if (there !== null && !recount && whyChanged(there.meta.binding, binding).length === 0) {
    return draftOf(parse, there.bytes, there.meta.sha256, binding, []);
  }
  const bytes = reportBytes(await count());
  const hash = sha256(bytes).toString("hex");
  const parsed = parse(bytes);
  if (!parsed.ok) {
    await recordRefusal(paths, { rule: parsed.rule, pointer: parsed.pointer, at });
    throw refused(parsed.rule, parsed.pointer);
  }
  await folder.put(name, bytes, { version: 1, sha256: hash, binding, made_at: at });
  await removeOlder(folder, binding.period);
  const changed = before === null || before.meta.sha256 === hash ? [] : reasons(before.meta.binding, binding);
  return { bytes, sha256: hash, report: parsed.report, binding, changed };
}

/** A draft of bytes that passed before; they must still pass. */
export function draftOf(
  parse: ParseReport,
  bytes: Buffer,
  hash: string,
  binding: Binding,
  changed: readonly string[],
): Draft {
  const parsed = parse(bytes);
  if (!parsed.ok) throw refused(parsed.rule, parsed.pointer);
  return { bytes, sha256: hash, report: parsed.report, binding, changed };
}

function refused(rule: string, pointer: string): MailcensusError {
  return new MailcensusError(
    "report-refused",
    `What was counted doesn't pass the report's schema (rule ${rule}, at ${pointer === "" ? "the whole" : pointer}), so nothing was made of it; please tell the operator these two words.`,
  );
}

function reasons(before: Binding, after: Binding): string[] {
  const found = whyChanged(before, after);
  return found.length === 0 ? ["the server was counted anew"] : found;
}

function draftName({ period, level, purposes, policy }: Binding): string {
  return [period, level, purposes.join("+"), `p${policy}`].join(".");
}

async function newestOfPeriod(folder: PairFolder<DraftMeta>, period: string) {
  const drafts = (await folder.metas()).filter(({ meta }) => meta.binding.period === period);
  return drafts.reduce<(typeof drafts)[number] | null>(
    (newest, draft) => (newest === null || draft.meta.made_at > newest.meta.made_at ? draft : newest),
    null,
  );
}

async function removeOlder(folder: PairFolder<DraftMeta>, period: string): Promise<void> {
  for (const { name, meta } of await folder.metas())
    if (meta.binding.period !== period) await folder.remove(name);
}
