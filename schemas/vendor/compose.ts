/** The report's schema with a vendor's block in it: closed, bounded and annotated as the rest is. Pure. */
import type { SchemaNode } from "../dictionary/node.ts";
import { metricNames, readDictionary } from "../dictionary/read.ts";
import type { VendorFigure, VendorFile } from "../generated/vendor.gen.ts";

type Node = Record<string, unknown>;
type Annotation = Omit<VendorFigure, "bias"> & { readonly bias: string };

/** The source by whose name a vendor's figures are told. */
export const VENDOR_SOURCE = "vendor";

/** @returns a new schema; `base` stays as it is */
export function composeSchema(base: SchemaNode, file: VendorFile): SchemaNode {
  const schema = structuredClone(base) as Node & { properties: Node; $defs: Record<string, Node> };
  const { source, metric } = schema.$defs;
  const { unknown } = schema.properties as Record<string, Node>;
  schema.properties["vendor"] = {
    description: "What the maker of this mail server adds to the report.",
    type: "object",
    additionalProperties: false,
    required: [file.vendor],
    properties: { [file.vendor]: block(file, schema) },
  };
  schema.$defs["source"] = {
    ...source,
    enum: [...((source?.["enum"] ?? []) as string[]), VENDOR_SOURCE].sort(),
    "x-words": { ...((source?.["x-words"] ?? {}) as Node), [VENDOR_SOURCE]: file.title },
  };
  const metrics = metricNames(readDictionary(schema).entries);
  const added = metrics.length - ((metric?.["enum"] ?? []) as string[]).length;
  schema.$defs["metric"] = { ...metric, enum: metrics };
  schema.properties["unknown"] = { ...unknown, maxItems: Number(unknown?.["maxItems"]) + added };
  return schema;
}

function block({ vendor, title, schema, counts, choices, features }: VendorFile, base: Node): Node {
  const state = member(base, "properties", "features", "items", "properties", "state");
  const properties: Node = {
    schema: {
      description: `The release of what ${title} adds.`,
      const: schema,
      "x-census": frame(title),
    },
  };
  const objects = { counts: mapped(counts, countNode), choices: mapped(choices, choiceNode) };
  for (const [name, members] of Object.entries(objects)) {
    if (Object.keys(members).length === 0) continue;
    properties[name] = {
      description: name === "counts" ? `What ${title} counts.` : `What is one of some words of ${title}.`,
      type: "object",
      additionalProperties: false,
      properties: withMetrics(members, vendor),
    };
  }
  const names = Object.keys(features ?? {}).sort();
  if (names.length > 0) {
    properties["features"] = {
      description: `Which features of ${title} are used.`,
      type: "array",
      maxItems: names.length,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["feature", "state"],
        properties: {
          feature: {
            description: "Which feature.",
            enum: names,
            "x-features": mapped(features, featureAnnotation),
          },
          state,
          usage: { description: "How much it is used, in the unit of the feature.", $ref: "#/$defs/count" },
        },
      },
    };
  }
  const required = ["schema", ...(names.length > 0 ? ["features"] : [])].sort();
  return {
    description: `What ${title} adds to the report.`,
    type: "object",
    additionalProperties: false,
    required,
    properties,
  };
}

function countNode({ description, ...annotation }: Annotation): Node {
  return { description, $ref: "#/$defs/count", "x-census": census(annotation) };
}

function choiceNode({ description, words, ...annotation }: Annotation & { readonly words: Node }): Node {
  return {
    description,
    enum: Object.keys(words).sort(),
    "x-words": words,
    "x-census": census(annotation),
  };
}

function featureAnnotation({ usage, ...annotation }: Annotation & { readonly usage?: Annotation }): Node {
  return { ...census(annotation), ...(usage === undefined ? {} : { usage: census(usage) }) };
}

/** The vendor's own program or file is the one source, so it has the one bias. */
function census({ bias, ...annotation }: Omit<Annotation, "description">): Node {
  return { ...annotation, bias: { [VENDOR_SOURCE]: bias } };
}

function withMetrics(members: Record<string, Node>, vendor: string): Node {
  return mapped(members, (node, name) => ({
    ...node,
    "x-census": { metric: `vendor.${vendor}.${name}`, ...(node["x-census"] as Node) },
  }));
}

function frame(title: string): Node {
  return {
    title: `Release of what ${title} adds`,
    counts: "Written by the agent.",
    bias: { agent: "None: it is the agent's own." },
    unit: "release",
    purposes: ["offers", "statistics"],
    basis: "consent",
    levels: ["counts", "full"],
    since: 1,
    statistic: "vendor",
  };
}

function mapped<T>(members: Readonly<Record<string, T>> | undefined, of: (value: T, name: string) => Node) {
  return Object.fromEntries(Object.entries(members ?? {}).map(([name, value]) => [name, of(value, name)]));
}

function member(node: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((found, key) => (found as Node)[key], node);
}
