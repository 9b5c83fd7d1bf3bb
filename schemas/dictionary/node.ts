/** A schema's nodes, as those see them who look for annotations in it. Pure. */

/** A schema's node as far as the dictionary looks at it. */
export type SchemaNode = { readonly [key: string]: unknown };

/** The node that a value is; an empty one where it is none. */
export function asNode(value: unknown): SchemaNode {
  return isNode(value) ? value : {};
}

/** The node that a node holds by this key, or null. */
export function nodeAt(node: SchemaNode, key: string): SchemaNode | null {
  const value = Object.hasOwn(node, key) ? node[key] : undefined;
  return isNode(value) ? value : null;
}

/** Where a node's `$ref` leads within `root`; the node itself where it has none. */
export function resolved(root: SchemaNode, node: SchemaNode): SchemaNode {
  const ref = node["$ref"];
  if (typeof ref !== "string" || !ref.startsWith("#/")) return node;
  return ref
    .slice(2)
    .split("/")
    .reduce<SchemaNode>((found, key) => nodeAt(found, key) ?? {}, root);
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
