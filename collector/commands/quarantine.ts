/** `mailcensus collector quarantine`: what was set aside and by which rule; with `--again`, asked for once more. */
import { type CommandContext, type CommandRun, textFlag } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { loadStoreUrl } from "../config.ts";
import type { QuarantinedRow, QuarantineFilter } from "../store/aside.ts";
import { openStore } from "../store/index.ts";
import { parseWhen, WHEN_EXPECTED } from "../when.ts";

/** How many reports are listed for a person; `--json` has them all. */
const SHOWN = 50;

export const run: CommandRun = async (context) => {
  const filter = filterOf(context);
  const again = context.flags["again"] === true;
  await using store = await openStore(await loadStoreUrl(context.configFile), again ? "write" : "read");
  const asked = again ? store.transaction(({ aside }) => aside.askAgain(filter)) : 0;
  const reports = store.reader.aside.list(filter);
  const rules = byRule(reports);
  if (context.json) context.write(`${JSON.stringify({ rules, ...(again ? { asked } : {}), reports })}\n`);
  else context.write(describe(reports, rules, again ? asked : null));
  return 0;
};

function filterOf(context: CommandContext): QuarantineFilter {
  const before = textFlag(context, "before");
  const at = before === undefined ? undefined : parseWhen(before);
  if (at === null) throw new MailcensusError("usage", `--before: ${WHEN_EXPECTED}.`);
  return { rule: textFlag(context, "rule"), before: at };
}

function byRule(reports: readonly QuarantinedRow[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { rule } of reports) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([one], [two]) => (one < two ? -1 : 1)));
}

function describe(
  reports: readonly QuarantinedRow[],
  rules: Readonly<Record<string, number>>,
  asked: number | null,
): string {
  if (reports.length === 0) return "Nothing is set aside.\n";
  const lines = Object.entries(rules).map(([rule, count]) => `${rule.padEnd(24)} ${count}`);
  const rows = reports
    .slice(0, SHOWN)
    .map(({ at, rule, pointer, size, sha256, again }) =>
      [
        at,
        rule.padEnd(24),
        String(size).padStart(7),
        sha256.slice(0, 16),
        again ? "asked again" : "",
        pointer,
      ].join("  "),
    );
  const more = reports.length - rows.length;
  return [
    ...lines,
    "",
    ...rows,
    ...(more > 0 ? [`… and ${more} earlier: --json lists them all.`] : []),
    ...(asked === null ? [] : ["", `Asked for again: ${asked}. Agents send them at their next connection.`]),
    "",
  ].join("\n");
}
