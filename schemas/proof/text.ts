/** The proof as a person reads it. */
import { CLASSES } from "./classes.ts";
import type { Finding, Place, Proof } from "./prove.ts";

export type ProofAbout = {
  readonly name: string;
  readonly release: number | null;
  readonly sha256: string;
  readonly seconds: number;
};

export function proofText(proof: Proof, about: ProofAbout): string {
  const release = about.release === null ? "" : `, release ${about.release}`;
  return [
    `${about.name}${release}, SHA-256 ${about.sha256}`,
    "",
    ...table(proof),
    "",
    `Each string and integer was held against ${proof.classes.length} classes of identifiers:`,
    ...wrapped(`${proof.classes.map(titleOf).join(", ")}.`),
    "",
    ...proof.findings.flatMap(told),
    `${conclusion(proof)} It took ${about.seconds.toFixed(1)} s.`,
    "",
    "What this does not prove:",
    ...proof.remains.flatMap((sentence) => wrapped(sentence, "- ")),
    "",
  ].join("\n");
}

function table({ places, findings }: Proof): string[] {
  const rows = places.map((place) => [place.place || "(the whole)", place.kind, verdictOf(place, findings)]);
  const width = (column: number): number => Math.max(5, ...rows.map((row) => row[column]?.length ?? 0));
  const [first, second] = [width(0), width(1)];
  return [["PLACE", "KIND", "VERDICT"], ...rows].map(
    ([place = "", kind = "", verdict = ""]) => `  ${place.padEnd(first)}  ${kind.padEnd(second)}  ${verdict}`,
  );
}

/** A fault of a shared definition is told once, but every place that refers to it has it. */
function verdictOf(place: Place, findings: readonly Finding[]): string {
  const own = findings.filter(
    ({ pointer }) => pointer === place.pointer || pointer.startsWith(`${place.pointer}/`),
  );
  if (own.some(({ verdict }) => verdict === "refuted")) return "refuted";
  return own.length > 0 ? "undecidable" : "proved";
}

function told({ verdict, rule, pointer, place, example, sentence }: Finding): string[] {
  const where = [`at #${pointer}`, ...(place === "" || place === pointer ? [] : [`(${place} in a report)`])];
  return [
    `${verdict} [${rule}] ${where.join(" ")}`,
    ...(example === undefined ? [] : [`  for example ${JSON.stringify(example)}`]),
    ...wrapped(sentence),
    "",
  ];
}

function conclusion({ verdict, findings, places }: Proof): string {
  switch (verdict) {
    case "proved":
      return `PROVED: a document of this schema has ${places.length} kinds of places for values, all of them bounded, and none takes a value of such a form. No name and no word of it speaks of a special category of data or of children.`;
    case "refuted":
      return `REFUTED: ${count(findings.length, "finding")}.`;
    case "undecidable":
      return `UNDECIDABLE: ${count(findings.length, "finding")}; nothing is proved.`;
    default:
      return verdict satisfies never;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function titleOf(name: string): string {
  return CLASSES.find((item) => item.name === name)?.title ?? name;
}

function wrapped(text: string, mark = ""): string[] {
  const lines: string[] = [];
  let line = `  ${mark}`;
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && line.length + word.length > 98) {
      lines.push(line.trimEnd());
      line = `  ${" ".repeat(mark.length)}`;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
