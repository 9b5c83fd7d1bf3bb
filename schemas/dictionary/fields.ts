/** Every field of a report with its description, whether it is an entry or a part of one. Pure. */
import { type Entry, pathOf } from "./entry.ts";
import type { SchemaNode } from "./read.ts";

export type Field = {
  /** `/domains/withheld/form`, `/languages/*\/language` */
  readonly path: string;
  readonly description: string;
  readonly words: Readonly<Record<string, string>> | null;
  /** The entry that says the rest of it; null where it holds several. */
  readonly entry: Entry | null;
};

/** In the schema's order. */
export function fieldsOf(schema: SchemaNode, entries: readonly Entry[]): readonly Field[] {
  const byPath = new Map(entries.map((entry) => [pathOf(entry), entry]));
  const fields: Field[] = [];
  const walk = (node: SchemaNode, path: string, above: Entry | null): void => {
    for (const [name, value] of Object.entries(membersOf(node, "properties"))) {
      const own = value as SchemaNode;
      const child = { ...resolved(schema, own), ...own };
      const here = `${path}/${name}`;
      const entry = byPath.get(here) ?? above;
      const items = membersOf(child, "items");
      fields.push({
        path: here,
        description: String(child["description"]),
        words: (child["x-words"] ?? null) as Field["words"],
        entry,
      });
      walk(child, here, entry);
      walk(resolved(schema, items), `${here}/*`, entry);
    }
  };
  walk(schema, "", null);
  return fields;
}

function membersOf(node: SchemaNode, key: string): SchemaNode {
  const value = Object.hasOwn(node, key) ? node[key] : undefined;
  return typeof value === "object" && value !== null ? (value as SchemaNode) : {};
}

function resolved(root: SchemaNode, node: SchemaNode): SchemaNode {
  const ref = node["$ref"];
  if (typeof ref !== "string") return node;
  return ref
    .slice(2)
    .split("/")
    .reduce<SchemaNode>((found, key) => membersOf(found, key), root);
}
