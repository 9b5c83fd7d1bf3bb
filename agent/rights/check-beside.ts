/** Whether a file tells its reader what the collector has signed: of what stands beside the signed texts no signature speaks. Pure. */
import { canonicalText } from "#schemas/canonical.ts";
import type { RightsAnswerV1 } from "#schemas/rights.ts";
import { dataOf } from "./export-format.ts";

/** One thing that was looked at: what is proved of it, and why the rest isn't; null where all is. */
export type Finding = {
  readonly subject: string;
  readonly proved: readonly string[];
  readonly fault: string | null;
};

type LongAnswer = Extract<RightsAnswerV1, { action: "access" | "export"; state: "done" }>;

/** @param long what the parts say, in their order, each checked */
export function checkBesideParts(file: object, long: readonly LongAnswer[]): Finding {
  const data = dataOf(long);
  return beside("what is told beside the parts", file, data ?? {}, new Set(["parts", "keys"]));
}

/** Of an answer alone only what every answer says stands beside it. */
export function checkBesideAnswer(file: object, said: object): Finding {
  const signed = Object.fromEntries(Object.entries(said).filter(([name]) => name in file));
  return beside(
    "what is told beside the answer",
    file,
    signed,
    new Set(["format", "keys", "text", "signature"]),
  );
}

function beside(subject: string, file: object, signed: object, itself: ReadonlySet<string>): Finding {
  const [told, said] = [new Map(Object.entries(file)), new Map(Object.entries(signed))];
  const other = [...new Set([...told.keys(), ...said.keys()])].filter(
    (name) => !itself.has(name) && textOf(told.get(name)) !== textOf(said.get(name)),
  );
  return other.length === 0
    ? { subject, proved: ["as the collector has signed it"], fault: null }
    : { subject, proved: [], fault: `isn't what the collector has signed: ${other.map(nameOf).join(", ")}` };
}

function textOf(value: unknown): string {
  return value === undefined ? "" : canonicalText(value);
}

/** Whatever a file names its members, a terminal is shown no more than a word. */
function nameOf(name: string): string {
  return /^[a-z_]{1,30}$/.test(name) ? name : "an unknown one";
}
