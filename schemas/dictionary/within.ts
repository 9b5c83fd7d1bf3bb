/** Takes out of a document everything that isn't covered: the one place where less is made of more. */
import type { Coverage } from "./coverage.ts";
import type { Entry } from "./entry.ts";

type Members = Record<string, unknown>;

/** The document with what is covered only, and without objects and arrays that this leaves out; the argument stays as it is. */
export function withinCoverage<T extends object>(document: T, { uncovered, metricSet }: Coverage): T {
  let result: Members = { ...(document as Members) };
  for (const entry of uncovered) result = without(result, entry.place.keys, entry);
  const unknown = result["unknown"];
  if (Array.isArray(unknown))
    result["unknown"] = unknown.filter((row: { metric: string }) => metricSet.has(row.metric));
  return result as T;
}

/** A copy along the path, with the entry gone at its end. */
function without(node: Members, [key, ...rest]: readonly string[], entry: Entry): Members {
  if (key === undefined || !Object.hasOwn(node, key)) return node;
  const child = node[key];
  if (rest.length > 0) return isMembers(child) ? { ...node, [key]: without(child, rest, entry) } : node;
  const { place } = entry;
  switch (place.kind) {
    case "member": {
      const { [key]: _, ...others } = node;
      return others;
    }
    case "rows":
      return { ...node, [key]: rowsOf(child).map((row) => omit(row, place.key)) };
    case "feature":
      return { ...node, [key]: rowsOf(child).filter((row) => row["feature"] !== place.feature) };
    case "usage":
      return {
        ...node,
        [key]: rowsOf(child).map((row) => (row["feature"] === place.feature ? omit(row, "usage") : row)),
      };
    default:
      return place satisfies never;
  }
}

function omit(row: Members, key: string): Members {
  const { [key]: _, ...others } = row;
  return others;
}

function rowsOf(value: unknown): Members[] {
  return Array.isArray(value) ? value.filter(isMembers) : [];
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
