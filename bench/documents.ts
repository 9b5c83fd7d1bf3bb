/** Reports to measure with: many distinct ones of about one size, the same ones each time. */
import { type ReportV1, reportBytes } from "#schemas/report.ts";
import { testIdentity, testReport } from "#support/reports.ts";

const SYLLABLES = [
  "ba",
  "ko",
  "mi",
  "ter",
  "lun",
  "sa",
  "ver",
  "dor",
  "ni",
  "fal",
  "gus",
  "pe",
  "rim",
  "to",
  "zen",
  "hau",
];

/** So many reports of so many domains, as bytes; no two share a domain's name but by chance. */
export function documents(count: number, domains: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, seed) =>
    reportBytes(
      renamed(testReport(testIdentity(seed), { seed: seed + 1, domains, period: "2026-W47" }), seed),
    ),
  );
}

function renamed(report: ReportV1, seed: number): ReportV1 {
  if (report.domains === undefined) return report;
  const names = [
    ...new Set(report.domains.list.map((_, index) => name(seed * 100_003 + index * 7919))),
  ].sort();
  const list = report.domains.list
    .slice(0, names.length)
    .map((row, index) => ({ ...row, domain: names[index] ?? row.domain }));
  return { ...report, domains: { ...report.domains, list } };
}

function name(number: number): string {
  let state = Math.imul(number, 2_654_435_761) >>> 0;
  const next = (): string => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return SYLLABLES[state >>> 28] ?? "";
  };
  return `${next()}${next()}${next()}-${next()}${next()}.${next()}${next()}.example`;
}
