/** `mailcensus collector rights list`: all requests, and how they stand against the month. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { publicId } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { loadStoreUrl } from "../config.ts";
import { inStore } from "../rights/desk.ts";
import { type Clock, clockOf } from "../rights/month-clock.ts";
import { openPatiently } from "../store/index.ts";
import type { RightsRequestRow } from "../store/rights.ts";

export const run: CommandRun = async (context) => {
  const url = await loadStoreUrl(context.configFile);
  const rows = await inStore(async () => {
    await using store = await openPatiently(url, "read", context.signal);
    return store.reader.rights.requests();
  });
  const now = context.now();
  const isOpenOnly = context.flags["open"] === true;
  const listed = rows
    .map((row) => listedOf(row, now))
    .filter(({ answered }) => answered === null || !isOpenOnly);
  write(context, listed);
  return context.flags["check"] === true && listed.some(({ pressing }) => pressing) ? 1 : 0;
};

type Listed = Omit<Clock, "due"> & {
  readonly number: number;
  readonly via: string;
  readonly action: string;
  readonly received: string;
  readonly due: string;
  readonly answered: string | null;
  readonly outcome: string | null;
  /** Null where it isn't known, or was erased. */
  readonly installation: string | null;
  /** What is asked; of what is answered, its keyed hash. */
  readonly about: string | null;
};

function listedOf(row: RightsRequestRow, now: Date): Listed {
  const received = new Date(row.received_at * 1000);
  const answered = row.answered_at === null ? null : new Date(row.answered_at * 1000);
  const { due, ...clock } = clockOf(received, answered, now);
  return {
    number: row.id,
    via: row.via,
    action: row.action,
    received: formatInstant(received),
    due: formatInstant(due),
    answered: answered === null ? null : formatInstant(answered),
    ...clock,
    outcome: row.outcome,
    installation: row.public_key === null ? null : publicId(row.public_key),
    about: row.about,
  };
}

function write({ json, write }: CommandContext, listed: readonly Listed[]): void {
  if (json) write(`${JSON.stringify({ requests: listed })}\n`);
  else if (listed.length === 0) write("No request.\n");
  else write(listed.map(lineOf).join(""));
}

function lineOf({
  number,
  via,
  action,
  received,
  answered,
  age_days,
  overdue,
  pressing,
  ...row
}: Listed): string {
  const state = answered === null ? "open" : `answered ${answered.slice(0, 10)}: ${row.outcome ?? ""}`;
  const mark = overdue ? "overdue" : pressing ? "due soon" : "";
  const about = answered === null && row.about !== null ? row.about : "";
  return `${[
    String(number).padStart(4),
    received.slice(0, 10),
    via.padEnd(8),
    action.padEnd(8),
    `${age_days} d`.padStart(6),
    mark.padEnd(8),
    state,
    about,
  ]
    .join("  ")
    .trimEnd()}\n`;
}
