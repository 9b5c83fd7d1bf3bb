/**
 * The registry of exits: every place in the product at which something could leave the process, and
 * where the leak tests look at what leaves there, or why nothing read from a mail server gets there.
 * A place that isn't here turns `exits.test.ts` red.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Probe } from "#support/leak-evidence.ts";
import { placesOf } from "#support/leak-places.ts";
import { ROOT } from "#support/program.ts";
import { AGENT_EXITS } from "./exits-agent.ts";
import { OPERATOR_EXITS } from "./exits-operator.ts";
import { POLICY_EXITS } from "./exits-policies.ts";
import { RETENTION_EXITS } from "./exits-retention.ts";
import { RIGHTS_EXITS } from "./exits-rights.ts";
import { RIGHTS_DESK_EXITS } from "./exits-rights-desk.ts";
import { UPKEEP_EXITS } from "./exits-upkeep.ts";

/** Why no probe looks there. */
export const REASONS = {
  "in-process": "A method of the project's own object in this process: nothing leaves by it.",
  "no-output": "A word or class of the library that is compared or set: nothing leaves by it.",
  reads: "Reads: the query is written out in the source, and nothing that was counted goes into it.",
  "own-tools":
    "Starts the mail server's own programs, told which folder and which tables of its own configuration to list. Their arguments name tables and nobody's mailbox, and are for these programs alone; their environment is PATH and LC_ALL.",
  "no-server": "Runs where no mail server is read: over schemas, keys, and documents that its user names.",
  itself: "Starts mailcensus itself under another Node, with the words of the command line.",
} as const satisfies Record<string, string>;

/** By file and primitive: how many times it stands there, and which probe sees it or which reason holds. */
export type Exits = Readonly<
  Record<string, Readonly<Record<string, readonly [count: number, seen: Probe | keyof typeof REASONS]>>>
>;

export const EXITS: Exits = {
  ...AGENT_EXITS,
  ...OPERATOR_EXITS,
  ...UPKEEP_EXITS,
  ...POLICY_EXITS,
  ...RETENTION_EXITS,
  ...RIGHTS_DESK_EXITS,
  ...RIGHTS_EXITS,
};

/** The rooms that are the product. */
const PRODUCT = ["agent", "bin", "collector", "dashboards", "schemas"];

/** The other folders with sources, and why nothing of a mail server's users can leave by them. */
export const OUTSIDE: Readonly<Record<string, string>> = {
  bench: "Measures, with made-up reports.",
  demo: "Runs the product's commands over a made-up host.",
  setup: "Fetches programs; reads no mail server.",
  test: "These tests.",
};

/** Where what is read is at hand, the texts of errors are exits too. */
const READING = /^agent\/(sources|ports)\/|^agent\/(count|counting|facts|tally|report)\.ts$/;

export type Found = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function productFiles(): readonly string[] {
  return globSync(`{${PRODUCT.join(",")}}/**/*.{ts,mts,js,mjs,cjs}`, { cwd: ROOT })
    .filter((file) => !file.includes(".gen."))
    .sort();
}

/** Top-level folders in which sources lie. */
export function sourceFolders(): readonly string[] {
  const files = globSync("*/**/*.{ts,mts,js,mjs,cjs}", { cwd: ROOT, exclude: ["node_modules", ".*"] });
  return [...new Set(files.map((file) => file.split("/")[0] ?? ""))].sort();
}

/** The exits of one source text. */
export function exitsOf(file: string, text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(placesOf(file, text, { errorTexts: READING.test(file) }));
}

/** The exits of the whole product as it is. */
export function findExits(): Found {
  const found = productFiles().map(
    (file) => [file, exitsOf(file, readFileSync(join(ROOT, file), "utf8"))] as const,
  );
  return Object.fromEntries(found.filter(([, places]) => Object.keys(places).length > 0));
}

/** What isn't as it is registered, a sentence each, which says what to do. */
export function differences(found: Found, registered: Exits): readonly string[] {
  const files = [...new Set([...Object.keys(found), ...Object.keys(registered)])].sort();
  return files.flatMap((file) => {
    const here = found[file] ?? {};
    const known = registered[file] ?? {};
    const primitives = [...new Set([...Object.keys(here), ...Object.keys(known)])].sort();
    return primitives.flatMap((primitive) => {
      const [now, before] = [here[primitive] ?? 0, known[primitive]?.[0] ?? 0];
      if (now === before) return [];
      const where = `${file}: ${primitive} stands there ${now} times, registered are ${before}`;
      return now > before
        ? [
            `${where}. Something new may leave here: see that a probe of the leak tests gets these bytes, then register "${primitive}": [${now}, "the probe, or a reason"] for this file in test/leak/exits-*.ts.`,
          ]
        : [`${where}. Take what is gone out of test/leak/exits-*.ts.`];
    });
  });
}
