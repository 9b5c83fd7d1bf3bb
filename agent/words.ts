/** A report in a person's words, which are the dictionary's: the same in the preview and in the carbon copy. Pure. */
import type { Contract } from "#schemas/contract.ts";
import { pathOf } from "#schemas/dictionary/entry.ts";
import { WORDS } from "#schemas/generated/words.gen.ts";
import type { ReportV1 } from "#schemas/report.ts";

export type Section = {
  readonly title: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
};

/** How many domains are written out; all of them are in the report's bytes. */
const DOMAINS_SHOWN = 20;
const LANGUAGES_SHOWN = 12;

export function sectionsOf(report: ReportV1, contract: Contract): Section[] {
  const title = titlesOf(contract);
  return [
    { title: "Totals", rows: totals(report, title) },
    {
      title: "Software",
      rows: (report.components ?? []).map(
        ({ role, name, version }): Row => [
          WORDS.name[name],
          [WORDS.role[role], version].filter(Boolean).join(", "),
        ],
      ),
    },
    { title: "Features", rows: features(report.features, "/features", title) },
    { title: "Languages in web-mail (rounded down to fives)", rows: languages(report) },
    { title: "Domains by mailboxes", rows: sizes(report) },
    { title: "Domains named in the report", rows: domains(report) },
    ...vendors(report, contract, title),
    { title: "Not counted", rows: unknown(report, contract) },
  ].filter(({ rows }) => rows.length > 0);
}

/** What it is in one line: no name, no identity. */
export function headline(report: ReportV1): string {
  const { level, purposes } = report.consent;
  return `Report for week ${report.period}, level ${level} (${WORDS.level[level]}), for ${purposes.join(" and ")}`;
}

/** Lines for a terminal or a text part. */
export function linesOf(report: ReportV1, contract: Contract): string[] {
  const lines = [headline(report)];
  for (const { title, rows } of sectionsOf(report, contract)) {
    const width = Math.min(40, Math.max(...rows.map(([label]) => label.length)));
    lines.push("", title, ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`.trimEnd()));
  }
  return lines;
}

type Row = readonly [string, string];
/** The title of what stands at a path of the report. */
type TitleOf = (path: string) => string;

function titlesOf({ entries }: Contract): TitleOf {
  const titles = new Map(entries.map((entry) => [pathOf(entry), entry.title]));
  return (path) => titles.get(path) ?? path;
}

function totals({ totals: { domains, mailboxes, aliases, lists } }: ReportV1, title: TitleOf): Row[] {
  const named = { domains, mailboxes, aliases, lists };
  return Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [[title(`/totals/${name}`), String(value)] as const],
  );
}

type FeatureRows = readonly {
  readonly feature: string;
  readonly state: keyof typeof WORDS.state;
  readonly usage?: number | undefined;
}[];

function features(rows: FeatureRows, path: string, title: TitleOf): Row[] {
  const states = ["enabled", "installed", "absent"] as const;
  return states.flatMap((state): Row[] => {
    const words = rows
      .filter((feature) => feature.state === state)
      .map(
        ({ feature, usage }) => `${title(`${path}/${feature}`)}${usage === undefined ? "" : ` (${usage})`}`,
      );
    return words.length === 0 ? [] : [[state, words.join(", ")]];
  });
}

function vendors({ vendor }: ReportV1, contract: Contract, title: TitleOf): Section[] {
  return Object.entries(vendor ?? {}).map(([name, { counts, choices, features: rows }]) => {
    const path = `/vendor/${name}`;
    const words = (choice: string, word: string): string =>
      contract.entries.find((entry) => pathOf(entry) === `${path}/choices/${choice}`)?.words?.[word] ?? word;
    return {
      title: contract.vendor?.title ?? name,
      rows: [
        ...Object.entries(counts ?? {}).map(
          ([key, value]): Row => [title(`${path}/counts/${key}`), String(value)],
        ),
        ...Object.entries(choices ?? {}).map(
          ([key, word]): Row => [title(`${path}/choices/${key}`), words(key, word)],
        ),
        ...features(rows ?? [], `${path}/features`, title),
      ],
    };
  });
}

function languages(report: ReportV1): Row[] {
  const sorted = [...(report.languages ?? [])].sort((a, b) => b.mailboxes - a.mailboxes);
  const rows = sorted
    .slice(0, LANGUAGES_SHOWN)
    .map(({ language, mailboxes }): Row => [language, String(mailboxes)]);
  return sorted.length > rows.length ? [...rows, ["and", `${sorted.length - rows.length} more`]] : rows;
}

function sizes(report: ReportV1): Row[] {
  const bands = report.domain_sizes ?? [];
  return bands.map(({ from, domains }, index): Row => {
    const next = bands[index + 1]?.from;
    const last = next === undefined ? "or more" : next - 1 === from ? "" : `to ${next - 1}`;
    return [`${from} ${last}`.trimEnd(), String(domains)];
  });
}

function domains(report: ReportV1): Row[] {
  if (report.domains === undefined) return [];
  const { list, withheld } = report.domains;
  const sorted = [...list].sort((a, b) => (b.mailboxes ?? 0) - (a.mailboxes ?? 0));
  const rows = sorted.slice(0, DOMAINS_SHOWN).map((row): Row => [row.domain, describe(row)]);
  if (sorted.length > rows.length) rows.push(["and", `${sorted.length - rows.length} more`]);
  const reasons = {
    excluded: "left out on your wish",
    form: "left out, could identify a person",
    limit: "left out, too many",
  };
  for (const [key, label] of Object.entries(reasons)) {
    const number = withheld[key as keyof typeof reasons];
    if (number > 0) rows.push([label, String(number)]);
  }
  return rows;
}

function describe({
  mailboxes,
  aliases,
  lists,
}: {
  mailboxes?: number;
  aliases?: number;
  lists?: number;
}): string {
  const parts = Object.entries({ mailboxes, aliases, lists });
  return parts.flatMap(([label, value]) => (value === undefined ? [] : [`${value} ${label}`])).join(", ");
}

function unknown(report: ReportV1, { entries, vendor }: Contract): Row[] {
  const titles = new Map(entries.map(({ metric, title }) => [metric, title]));
  const sources: Readonly<Record<string, string>> = {
    ...WORDS.source,
    ...(vendor === null ? {} : { vendor: vendor.title }),
  };
  const bySource = new Map<string, string[]>();
  for (const { metric, source, reason } of report.unknown) {
    const key = `${sources[source] ?? source}: ${WORDS.reason[reason]}`;
    bySource.set(key, [...(bySource.get(key) ?? []), titles.get(metric) ?? metric]);
  }
  return [...bySource].map(([key, metrics]): Row => [key, metrics.join(", ")]);
}
