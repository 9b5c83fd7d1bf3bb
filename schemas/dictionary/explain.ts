/** What the dictionary says of a figure, in lines for a terminal. Pure. */
import { type Entry, nameOf, pathOf } from "./entry.ts";
import type { Field } from "./fields.ts";

/** The entries that a name means: its own, or all below it (`features`, `/domains`). */
export function entriesNamed(entries: readonly Entry[], name: string): readonly Entry[] {
  const wanted = name.replace(/^\//, "").replaceAll("/", ".").replaceAll(".*.", ".").toLowerCase();
  const exact = entries.filter((entry) => namesOf(entry).includes(wanted));
  if (exact.length > 0) return exact;
  return entries.filter((entry) => namesOf(entry).some((known) => known.startsWith(`${wanted}.`)));
}

/** The fields that a name means, where it names parts of entries: `withheld`, `consent.level`. */
export function fieldsNamed(fields: readonly Field[], name: string): readonly Field[] {
  const wanted = `/${name.replace(/^\//, "").replaceAll(".", "/").toLowerCase()}`;
  return fields.filter(({ path }) => path === wanted || path.replaceAll("/*/", "/").endsWith(wanted));
}

export function fieldLines({ path, description, words, entry }: Field): string[] {
  return [
    path,
    `  ${description}`,
    ...Object.entries(words ?? {}).map(([word, meaning]) => `  ${word}: ${meaning}`),
    entry === null
      ? `  What is in it is explained one by one.`
      : `  A part of: ${entry.title} (${nameOf(entry)}), which says how it is counted and what for.`,
  ];
}

function namesOf(entry: Entry): string[] {
  const path = pathOf(entry).slice(1).replaceAll("/", ".").replaceAll(".*.", ".");
  return [nameOf(entry), path, entry.title].map((text) => text.toLowerCase());
}

/** One line an entry: its name, its title, the levels, since which scope. */
export function summaryLines(entries: readonly Entry[]): string[] {
  const width = Math.max(0, ...entries.map((entry) => nameOf(entry).length));
  return entries.map(
    (entry) =>
      `${nameOf(entry).padEnd(width)}  ${entry.title} (${entry.unit}; ${levelsOf(entry)}; scope ${entry.since})`,
  );
}

export function explainLines(entry: Entry): string[] {
  const { title, description, counts, bias, unit, purposes, levels, since, statistic, words } = entry;
  const rows: (readonly [string, string])[] = [
    ["In the report", pathOf(entry)],
    ["What it is", description],
    ["How it is counted", counts],
    ...Object.entries(bias).map(([source, text]) => [`From ${source}`, text] as const),
    ["Unit", unit],
    ...Object.entries(words ?? {}).map(([word, meaning]) => [`  ${word}`, meaning] as const),
    ["Used for", purposes.join(" and ")],
    ["Legal basis", "consent, GDPR article 6(1)(a)"],
    ["Sent at level", levels.join(" and ")],
    ["Since scope", String(since)],
    ["Made of it", `mailcensus query ${statistic}`],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [`${title} (${nameOf(entry)})`, ...rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`)];
}

function levelsOf({ levels }: Entry): string {
  return levels.length === 2 ? "every level" : `level ${levels.join()} only`;
}
