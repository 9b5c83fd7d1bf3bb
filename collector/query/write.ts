/** Rows as text for people, as CSV (RFC 4180) and as JSON. */
import type { Cell, Row } from "./queries.ts";

/** Columns set below each other, numbers to the right; `-` is unknown. */
export function textTable(columns: readonly string[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => show(row[column])));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const numeric = columns.map((column) => rows.some((row) => typeof row[column] === "number"));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return numeric[index] === true ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return `${[columns, ...cells].map(line).join("\n")}\n`;
}

/** An empty field is unknown. */
export function csvTable(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))];
  return lines.map((line) => `${line.map((cell) => field(String(cell))).join(",")}\r\n`).join("");
}

/** An array of objects with the columns as keys, in their order. */
export function jsonTable(columns: readonly string[], rows: readonly Row[]): string {
  return `${JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))))}\n`;
}

function show(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? "-" : String(cell);
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
