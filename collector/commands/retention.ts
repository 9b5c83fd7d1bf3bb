/** `mailcensus collector retention` */
import { type CommandContext, type CommandRun, textFlag } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import { loadRetention } from "../config.ts";
import { STEP_DAYS } from "../retention/due.ts";
import { retentionStep } from "../retention/keep.ts";
import { RETENTION_KINDS, type RetentionCounts, whyOf } from "../retention/kinds.ts";
import { type PlannedKind, planRetention } from "../retention/plan.ts";
import { runRetention } from "../retention/run.ts";
import type { Retention } from "../retention/settings.ts";
import { storeFailure } from "../store/failure.ts";
import { openStore, type Store } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const { storeUrl, retention } = await loadRetention(context.configFile);
  const now = context.now();
  const at = Math.floor(now.getTime() / 1000);
  const isDry = context.flags["dry-run"] === true;
  const confirmed = textFlag(context, "confirm");
  if (confirmed !== undefined) refuseOtherDay(confirmed, now, isDry);
  await using store = await openStore(storeUrl, isDry ? "read" : "write", context.signal);
  try {
    if (isDry) tellPlan(context, await planRetention(store, retention, at), store, at);
    else await runNow(context, { store, retention, at, confirmed });
  } catch (error) {
    throw storeFailure(error);
  }
  return 0;
};

/** Who confirms reads the clock first. */
function refuseOtherDay(confirmed: string, now: Date, isDry: boolean): void {
  const today = now.toISOString().slice(0, 10);
  if (isDry)
    throw new MailcensusError("usage", "--confirm and --dry-run don't go together: take one of them.");
  if (confirmed !== today)
    throw new MailcensusError(
      "usage",
      `--confirm: expected today's date by this machine's clock (UTC), which shows ${today}: where that is wrong, put the clock right first.`,
    );
}

type Now = {
  readonly store: Store;
  readonly retention: Retention;
  readonly at: number;
  readonly confirmed: string | undefined;
};

async function runNow(context: CommandContext, { store, retention, at, confirmed }: Now): Promise<void> {
  if (confirmed !== undefined)
    store.transaction((ingest) => {
      ingest.retention.setRanAt(at);
      const detail = JSON.stringify({ date: confirmed });
      ingest.rights.note({ at, actor: "operator", action: "retention-confirm", detail });
    });
  else if (retentionStep(store.reader.retention, at) === "waits") throw waits(store, at);
  const ranAt = store.reader.retention.ranAt();
  if (ranAt !== null && ranAt > at)
    throw new MailcensusError(
      "retention-waits",
      `It last ran at ${instant(ranAt)}, which is later than this machine's clock shows: nothing was done. Put the clock right.`,
    );
  const result = await runRetention({ store, retention, at, signal: context.signal });
  if (result.state === "elsewhere")
    throw new MailcensusError(
      "store-in-use",
      "Another run is under way in this store: nothing was done here.",
    );
  if (context.json) context.write(`${JSON.stringify({ state: result.state, gone: result.counts })}\n`);
  else context.write(describe(result.counts, retention, result.state === "ended"));
}

function waits(store: Store, at: number): MailcensusError {
  const { retention } = store.reader;
  const last = retention.ranAt() ?? retention.evidence(at);
  return new MailcensusError(
    "retention-waits",
    `It was ${last === null ? "never" : instant(last)} that it last ran, or that anything came: more than ${STEP_DAYS} days from what this machine's clock shows (${instant(at)}). Nothing was done. See what would go with --dry-run; where the clock is right, say so with --confirm ${instant(at).slice(0, 10)}.`,
  );
}

function describe(counts: RetentionCounts, retention: Retention, isEnded: boolean): string {
  const lines = RETENTION_KINDS.filter((kind) => counts[kind] > 0).map(
    (kind) => `${String(counts[kind]).padStart(10)}  ${whyOf(kind, retention)}`,
  );
  const head = lines.length === 0 ? "Nothing was due." : "Gone:";
  const tail = isEnded ? ["Ended before all was done; the next run goes on."] : [];
  return `${[head, ...lines, ...tail].join("\n")}\n`;
}

function tellPlan(context: CommandContext, plan: readonly PlannedKind[], store: Store, at: number): void {
  const { retention } = store.reader;
  const step = retentionStep(retention, at);
  const ranAt = retention.ranAt();
  const last = ranAt === null ? null : instant(ranAt);
  if (context.json) {
    context.write(`${JSON.stringify({ at: instant(at), last_run: last, step, kinds: plan })}\n`);
    return;
  }
  const lines = plan.map(
    ({ due, why, next }) =>
      `${String(due).padStart(10)}  ${why}${next === null ? "" : ` (the next from ${next.slice(0, 10)})`}`,
  );
  context.write(
    `${[`Would go now (it last ran: ${last ?? "never"}; by itself: ${WORDS[step]}):`, ...lines].join("\n")}\n`,
  );
}

const WORDS = {
  due: "when the collector looks next",
  later: "within a day of the last run",
  waits: "not before you confirm the date",
} as const;

function instant(seconds: number): string {
  return formatInstant(new Date(seconds * 1000));
}
