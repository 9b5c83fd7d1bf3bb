/** `mailcensus collector rights audit`: what was done about rights, and how many requests were refused; names nobody. */
import type { CommandRun } from "#schemas/common/command.ts";
import { formatInstant } from "#schemas/period.ts";
import { loadStoreUrl } from "../config.ts";
import { inStore } from "../rights/desk.ts";
import { openPatiently } from "../store/index.ts";

const DAY_MS = 86_400_000;

export const run: CommandRun = async (context) => {
  const url = await loadStoreUrl(context.configFile);
  const { audit, refused } = await inStore(async () => {
    await using store = await openPatiently(url, "read", context.signal);
    const { rights, desk } = store.reader;
    return {
      audit: rights.audit().map(({ at, actor, action, detail }) => ({
        at: formatInstant(new Date(at * 1000)),
        actor,
        action,
        detail: JSON.parse(detail) as Readonly<Record<string, unknown>>,
      })),
      refused: desk.refused().map(({ day, rule, count }) => ({
        day: new Date(day * DAY_MS).toISOString().slice(0, 10),
        rule,
        count,
      })),
    };
  });
  if (context.json) {
    context.write(`${JSON.stringify({ audit, refused })}\n`);
    return 0;
  }
  const lines = audit.map(({ at, actor, action, detail }) =>
    `${at}  ${actor.padEnd(12)}  ${action.padEnd(10)}  ${words(detail)}`.trimEnd(),
  );
  const counts = refused.map(({ day, rule, count }) => `${day}  refused ${count}  ${rule}`);
  const all = [
    ...(lines.length === 0 ? ["Nothing was done."] : lines),
    ...(counts.length === 0 ? [] : ["", ...counts]),
  ];
  context.write(`${all.join("\n")}\n`);
  return 0;
};

function words(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
