/** A release that isn't yet: release 1 with one more total, which belongs to a scope of its own. */
import { compiler } from "#schemas/compiler.ts";
import { type Contract, contractOf } from "#schemas/contract.ts";
import type { SchemaNode } from "#schemas/dictionary/node.ts";
import { metricNames, readDictionary } from "#schemas/dictionary/read.ts";
import type { Validate } from "#schemas/generated/validators.gen.js";
import { keysOf } from "#schemas/keys.ts";
import { createParser } from "#schemas/parser.ts";
import type { Release, Report } from "#schemas/release.ts";
import { NEWEST, NEWEST_SCHEMA } from "#schemas/releases.ts";

export type Changes = { readonly number?: number; readonly since?: number };

type Open = { [key: string]: unknown };

/** The schema of release 1 with `totals.groups` in it. */
export function schemaTwo({ number = 2, since = 2 }: Changes = {}): SchemaNode {
  const schema = structuredClone(NEWEST_SCHEMA) as unknown as {
    $id: string;
    properties: { schema: Open; totals: { properties: Record<string, Open> } };
    $defs: { metric: Open };
  };
  schema.$id = schema.$id.replace("v1", "v2");
  schema.properties.schema["const"] = number;
  const lists = schema.properties.totals.properties["lists"] as { "x-census": Open };
  schema.properties.totals.properties["groups"] = {
    ...lists,
    description: "Groups of users that share an address.",
    "x-census": { ...lists["x-census"], metric: "totals.groups", title: "Groups", since },
  };
  const { entries } = readDictionary(schema as unknown as SchemaNode);
  schema.$defs.metric["enum"] = metricNames(entries);
  return schema as unknown as SchemaNode;
}

export const SCHEMA_TWO = schemaTwo();

export const RELEASE_ONE: Release = {
  ...NEWEST,
  upcast: (report) => ({ ...report, schema: 2 }) as unknown as Report,
};
export const RELEASE_TWO: Release = {
  number: 2,
  validate: compiler({ firstFault: true }).compile(SCHEMA_TWO) as unknown as Validate<Report>,
  entries: readDictionary(SCHEMA_TWO).entries,
  keys: keysOf(SCHEMA_TWO),
  upcast: null,
};

/** What an agent or collector of that release would be given. */
export const CONTRACT_TWO: Contract = contractOf(
  createParser([RELEASE_ONE, RELEASE_TWO]),
  RELEASE_TWO,
  SCHEMA_TWO,
  null,
);

/** A report of release 1 as one of release 2 that also tells its groups. */
export function withGroups(report: Report, groups: number, scope = 2): Report {
  const { consent, totals } = report;
  return {
    ...report,
    schema: 2,
    consent: { ...consent, scope },
    totals: { ...totals, groups },
  } as unknown as Report;
}
