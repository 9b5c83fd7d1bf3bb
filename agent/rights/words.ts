/** An access answer in a person's words. Pure. */

import type { DataDocument, ReportItem } from "#schemas/export.ts";
import type { RightsInformation, RightsItem } from "#schemas/rights.ts";
import { AT_THE_AUTHORITY } from "#schemas/rights-words.ts";

/** Lines for a terminal: who, why, for how long, and then the data. */
export function accessLines(document: DataDocument): string[] {
  const { operator, installation, at, reports, others } = document;
  const { information } = document;
  const lines = [
    `What ${operator.name} has stored of installation ${installation}, as its collector has signed at ${at}.`,
    ...section("Who is responsible", [
      ["responsible", `${operator.name} (${operator.contact})`],
      ["data-protection officer", operator.data_protection_officer],
      ["recipients", operator.recipients.length === 0 ? "nobody else" : operator.recipients.join("; ")],
      ["kept in", operator.region],
      ["supervisory authority", operator.authority],
    ]),
    ...(information === undefined ? [] : informationLines(information, operator.authority)),
    ...reportLines(reports),
    ...otherLines(others),
  ];
  return lines.map(printable);
}

function informationLines(information: RightsInformation, authority: string): string[] {
  const { disclosures, purposes, legal_basis, retention, rights, consents, categories } = information;
  return [
    ...section("Disclosures, besides the recipients", [
      ...disclosures.map(({ at, recipient, basis, what }): Row => [at, `${what} to ${recipient} (${basis})`]),
      ...(disclosures.length === 0 ? [["none", ""] as const] : []),
    ]),
    ...section(
      "Purposes",
      purposes.map(({ purpose, description }) => [purpose, description]),
    ),
    ...section("Legal basis", [[legal_basis, ""]]),
    ...section(
      "For how long",
      retention.map(({ what, kept }) => [what, kept]),
    ),
    ...section(
      "Rights",
      rights.map(({ right, how }) => [right, how === AT_THE_AUTHORITY ? authority : how]),
    ),
    ...section("Consents on record", [
      ...consents.map(({ since, level, purposes: agreed, policy, policy_sha256 }): Row => {
        const text = policy_sha256 === null ? "the built-in one" : `SHA-256 ${policy_sha256}`;
        return [since, `level ${level}, for ${agreed.join(" and ")}, policy ${policy} (${text})`];
      }),
      ...(consents.length === 0 ? [["none", ""] as const] : []),
      ...(information.objected_at === null
        ? []
        : [["objected", `to offers and segments, at ${information.objected_at}`] as const]),
      ...(information.withdrawn_at === null
        ? []
        : [["withdrawn", `at ${information.withdrawn_at}`] as const]),
    ]),
    ...section(
      "Which data a report may hold",
      categories.map(({ name, description }) => [name, description]),
    ),
  ];
}

const LONGEST_LABEL = 64;
type Row = readonly [label: string, value: string];

function section(title: string, rows: readonly Row[]): string[] {
  const width = Math.min(LONGEST_LABEL, Math.max(0, ...rows.map(([label]) => label.length)));
  return ["", title, ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`.trimEnd())];
}

const COLUMNS = ["week", "rev", "place", "level", "domains", "mailboxes", "stored at", "SHA-256"] as const;

function reportLines(reports: readonly ReportItem[]): string[] {
  if (reports.length === 0) return ["", "Reports", "  none"];
  const rows = [COLUMNS, ...reports.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [
    "",
    `Reports (${reports.length}; --json has each one's exact text)`,
    ...rows.map((row) =>
      `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
    ),
  ];
}

function cellsOf({ period, revision, place, stored_at, sha256, text }: ReportItem): readonly string[] {
  const { consent, totals } = text === undefined ? NO_TEXT : (JSON.parse(text) as Shown);
  const { domains = "-", mailboxes = "-" } = totals;
  return [
    period,
    String(revision),
    place,
    consent.level,
    String(domains),
    String(mailboxes),
    stored_at,
    sha256,
  ];
}

type Shown = {
  readonly consent: { readonly level: string };
  readonly totals: { readonly domains?: number; readonly mailboxes?: number };
};
const NO_TEXT: Shown = { consent: { level: "-" }, totals: {} };

function otherLines(others: readonly RightsItem[]): string[] {
  const rows = others.map((item): Row => {
    switch (item.kind) {
      case "report":
        return [item.stored_at, `report ${item.period}`];
      case "quarantined":
        return [item.at, `set aside by rule ${item.rule}, at ${item.pointer || "the whole"}: ${item.sha256}`];
      case "conflict":
        return [item.at, `conflict in week ${item.period}: ${item.sha256}`];
      case "request":
        return [item.at, `request: ${item.action} (by ${item.via}), ${item.outcome ?? "not answered yet"}`];
      case "policy":
        return [item.effective, `policy ${item.version}: SHA-256 ${item.sha256}`];
      default:
        return item satisfies never;
    }
  });
  return rows.length === 0 ? [] : section("What else is on record", rows);
}

/** What comes from elsewhere may not steer the terminal. */
function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are meant
  return line.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
