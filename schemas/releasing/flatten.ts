/** A schema as a list of what it demands, one line each, so that two can be laid side by side. Pure. */

/** By JSON pointer into the schema: a constraint's value as text, or `""` for a property or a word that may stand there. */
export type Demands = ReadonlyMap<string, string>;

/** Said to people and the dictionary; a validator takes no notice. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["$id", "$schema", "$comment", "description", "title"]);
/** Objects whose keys are names, and not keywords. */
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "patternProperties", "dependentSchemas"]);
/** Lists in which each word stands for itself. */
const LISTED: ReadonlySet<string> = new Set(["enum", "required"]);

export function demandsOf(schema: unknown): Demands {
  const demands = new Map<string, string>();
  walk(schema, "", demands);
  return demands;
}

function walk(node: unknown, pointer: string, demands: Map<string, string>): void {
  if (typeof node !== "object" || node === null || Array.isArray(node)) {
    demands.set(pointer, JSON.stringify(node));
    return;
  }
  for (const [key, value] of Object.entries(node)) {
    if (ANNOTATIONS.has(key) || key.startsWith("x-")) continue;
    const here = `${pointer}/${escaped(key)}`;
    if (LISTED.has(key) && Array.isArray(value)) {
      for (const word of value) demands.set(`${here}/${escaped(JSON.stringify(word))}`, "");
    } else if (NAMED.has(key) && typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) {
        demands.set(`${here}/${escaped(name)}`, "");
        walk(child, `${here}/${escaped(name)}`, demands);
      }
    } else if (Array.isArray(value)) {
      value.forEach((child, index) => {
        walk(child, `${here}/${index}`, demands);
      });
    } else walk(value, here, demands);
  }
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
