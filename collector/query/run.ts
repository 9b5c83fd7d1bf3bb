/** Runs `mailcensus query NAME`. */
import { type CommandRun, textFlag } from "#schemas/common/command.ts";
import { configPath, loadConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { parsePeriod, periodNumber } from "#schemas/period.ts";
import { readCensus } from "./census.ts";
import { openReadStore, storeFile } from "./open.ts";
import { isQueryName, QUERIES, type Query } from "./queries.ts";
import { csvTable, jsonTable, textTable } from "./write.ts";

/** An empty answer is an answer: exit status 0 with no rows, unless a period was asked for that isn't there. */
export const run: CommandRun = async (context) => {
  const query = queryOf(context.positionals);
  const csv = context.flags["csv"] === true;
  if (csv && context.json)
    throw new MailcensusError("usage", "Choose one of --csv and --json, not both of them.");
  const asked = askedPeriod(textFlag(context, "period"));
  const loaded = await loadConfig(context.configFile);
  const file = storeFile(loaded.config.store?.url ?? "");
  if (file === null)
    throw new MailcensusError(
      "config-invalid",
      `${loaded.file}: store.url: expected sqlite:PATH, found none; name the store there.`,
    );
  await using store = openReadStore(configPath(loaded, file));
  const whose = context.flags["proven"] === true ? "proven" : "all";
  const thisPeriod = periodNumber(context.now());
  const census = await store.snapshot((db) => readCensus(db, asked, thisPeriod, whose));
  if (census === null && asked !== null)
    throw new MailcensusError(
      "usage",
      "There is no report of that period; mailcensus query periods lists those that there are.",
    );
  const rows = census === null ? [] : query.run(census);
  const write = csv ? csvTable : context.json ? jsonTable : textTable;
  context.write(write(query.columns, rows));
  return 0;
};

function queryOf(positionals: readonly string[]): Query {
  const [name, ...more] = positionals;
  if (name !== undefined && more.length === 0 && isQueryName(name)) return QUERIES[name];
  throw new MailcensusError("usage", `Name one query: ${Object.keys(QUERIES).join(", ")}.`);
}

function askedPeriod(text: string | undefined): number | null {
  if (text === undefined) return null;
  const period = parsePeriod(text);
  if (period === null)
    throw new MailcensusError(
      "usage",
      "--period: expected an ISO week such as 2026-W47, found another text.",
    );
  return period;
}
