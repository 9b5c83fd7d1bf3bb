/** A report in a person's words: the same in the preview and in the carbon copy. Pure. */
import type { ReportV1 } from "#schemas/report.ts";

export type Section = {
  readonly title: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
};

/** How many domains are written out; all of them are in the report's bytes. */
const DOMAINS_SHOWN = 20;
const LANGUAGES_SHOWN = 12;

export function sectionsOf(report: ReportV1): Section[] {
  return [
    { title: "Totals", rows: totals(report) },
    {
      title: "Software",
      rows: (report.components ?? []).map(({ role, name, version }) => [
        name,
        [role, version].filter(Boolean).join(" "),
      ]),
    },
    { title: "Features", rows: features(report) },
    { title: "Languages in web-mail (rounded down to fives)", rows: languages(report) },
    { title: "Domains by mailboxes", rows: sizes(report) },
    { title: "Domains named in the report", rows: domains(report) },
    { title: "Not counted", rows: unknown(report) },
  ].filter(({ rows }) => rows.length > 0) as Section[];
}

/** What it is in one line: no name, no identity. */
export function headline(report: ReportV1): string {
  const { level, purposes } = report.consent;
  const names = level === "full" ? "with the list of domains" : "without domain names";
  return `Report for week ${report.period}, level ${level} (${names}), for ${purposes.join(" and ")}`;
}

/** Lines for a terminal or a text part. */
export function linesOf(report: ReportV1): string[] {
  const lines = [headline(report)];
  for (const { title, rows } of sectionsOf(report)) {
    const width = Math.min(40, Math.max(...rows.map(([label]) => label.length)));
    lines.push("", title, ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`.trimEnd()));
  }
  return lines;
}

type Row = readonly [string, string];

function totals({ totals: { domains, mailboxes, aliases, lists } }: ReportV1): Row[] {
  const named = { domains, mailboxes, aliases, lists };
  return Object.entries(named).flatMap(([label, value]) =>
    value === undefined ? [] : [[label, String(value)] as const],
  );
}

function features(report: ReportV1): Row[] {
  const states = ["enabled", "installed", "absent"] as const;
  const rows = states.map((state): Row => {
    const found = report.features.filter((feature) => feature.state === state);
    const words = found.map(({ feature, usage }) =>
      usage === undefined ? feature : `${feature} (${usage})`,
    );
    return [state, words.join(", ")];
  });
  return rows.filter(([, words]) => words !== "");
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

function unknown(report: ReportV1): Row[] {
  const bySource = new Map<string, string[]>();
  for (const { metric, source, reason } of report.unknown) {
    const key = `${source}: ${reason}`;
    bySource.set(key, [...(bySource.get(key) ?? []), metric]);
  }
  return [...bySource].map(([key, metrics]): Row => [key, metrics.join(", ")]);
}
