/** Every field of a report with its description, whether it is an entry or a part of one. Pure. */
import { type Entry, pathOf } from "./entry.ts";
import { asNode, nodeAt, resolved, type SchemaNode } from "./node.ts";

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
    for (const [name, value] of Object.entries(nodeAt(node, "properties") ?? {})) {
      const own = asNode(value);
      const child = { ...resolved(schema, own), ...own };
      const here = `${path}/${name}`;
      const entry = byPath.get(here) ?? above;
      const items = nodeAt(child, "items") ?? {};
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
