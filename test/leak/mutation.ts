/** Two of the nets that a weakened schema falls into: documents that it must still refuse, or still take. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { nearArbitrary } from "#support/document-arbitrary.ts";
import { LARGE, reportArbitrary } from "#support/report-arbitrary.ts";
import { IDENTIFIER_DOMAINS } from "./identifier-arbitrary.ts";
import type { Schema } from "./mutation-sites.ts";
import { mixtures, violations } from "./violations.ts";

export type Corpus = { readonly valid: readonly unknown[]; readonly invalid: readonly unknown[] };

export type Judge = (document: unknown) => boolean;

export function readSchema(): Schema {
  return JSON.parse(
    readFileSync(new URL("../../schemas/report.v1.schema.json", import.meta.url), "utf8"),
  ) as Schema;
}

const UNCHECKED = { strict: false, meta: false, validateSchema: false, addUsedSchema: false } as const;

/** Compiles any schema that isn't checked for being a good one. */
export function judgeOf(schema: Schema): Judge {
  // Compiled hundreds of times and run on little: quick to make.
  const ajv = new Ajv2020({ ...UNCHECKED, code: { optimize: false }, inlineRefs: false });
  if (typeof schema === "boolean") return () => schema;
  const { $id: _, $schema: __, ...anonymous } = schema;
  return ajv.compile(anonymous) as Judge;
}

/** Valid reports, and documents that the schema refuses: each constraint broken in turn, identifiers as domains, near misses. */
export function corpusOf(schema: Schema): Corpus {
  const judge = judgeOf(schema);
  const valid = fc.sample(reportArbitrary(), 200);
  const large = fc.sample(reportArbitrary(LARGE), 8);
  const documents = [
    ...[...valid.slice(0, 12), ...large].flatMap((report) => [...violations(schema, report)]),
    ...mixtures(valid.slice(0, 40).map((report) => ({ ...report }))),
    ...domainsOf([...large, ...valid]),
    ...fc.sample(nearArbitrary(), 500),
  ];
  const invalid = new Map(documents.map((document) => [JSON.stringify(document), document]));
  return {
    valid: [...valid, ...large],
    invalid: [...invalid.values()].filter((document) => !judge(document)),
  };
}

type Classes = {
  readonly classes: readonly { readonly forms: readonly { readonly examples: readonly string[] }[] }[];
};

/** Identifiers in the place of a domain: the classes' own examples, and generated ones. */
function domainsOf(
  reports: ReturnType<typeof fc.sample<{ domains?: { list: readonly object[] } }>>,
): unknown[] {
  const { classes } = JSON.parse(
    readFileSync(new URL("../../schemas/proof/classes.json", import.meta.url), "utf8"),
  ) as Classes;
  const examples = classes.flatMap(({ forms }) => forms.flatMap((form) => form.examples));
  const generated = IDENTIFIER_DOMAINS.flatMap(({ arbitrary }) => fc.sample(arbitrary, 25));
  const report = reports.find(({ domains }) => (domains?.list.length ?? 0) > 0);
  if (report === undefined) throw new Error("no report has domains");
  const { domains } = report;
  return [...examples, ...generated].map((domain) => ({
    ...report,
    domains: { ...domains, list: [{ ...domains?.list[0], domain }] },
  }));
}

/** What a mutant does that the schema doesn't: it takes what must be refused, refuses what must be taken, or neither. */
export function differenceOf(judge: Judge, { valid, invalid }: Corpus): "takes" | "refuses" | "none" {
  if (invalid.some(judge)) return "takes";
  return valid.every(judge) ? "none" : "refuses";
}
