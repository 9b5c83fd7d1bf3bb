// @ts-check
// `npm start -- --once --json | node setup/check-start.mjs first|again`: exits 0 where stdin is one
// JSON object that tells of exactly one report, stored or known before; `again` takes only the latter.
import { pathToFileURL } from "node:url";

/**
 * The first number under one of these names, wherever in the object it stands.
 * @param {unknown} value
 * @param {readonly string[]} names
 * @returns {number | undefined}
 */
function numberNamed(value, names) {
  if (typeof value !== "object" || value === null) return undefined;
  const entries = Object.entries(value);
  const own = entries.find(([key, inner]) => names.includes(key) && typeof inner === "number");
  if (own !== undefined) return own[1];
  for (const [, inner] of entries) {
    const found = numberNamed(inner, names);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What is wrong with the output of `npm start -- --once --json`.
 * @param {string} text its stdout
 * @param {"first" | "again"} which
 * @returns {string | undefined} a sentence, or undefined where nothing is
 */
export function faultOfStart(text, which) {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    return `stdout is not one JSON object: ${JSON.stringify(text.slice(0, 200))}`;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return "stdout is JSON, but not one object";
  }
  const stored = numberNamed(parsed, ["stored"]);
  const duplicate = numberNamed(parsed, ["duplicate", "duplicates"]);
  if (stored === undefined || duplicate === undefined) return "it doesn't tell `stored` and `duplicate`";
  const right = which === "again" ? stored === 0 && duplicate === 1 : stored + duplicate === 1;
  const wanted = which === "again" ? "stored 0, duplicate 1" : "one report, stored or duplicate";
  return right ? undefined : `expected ${wanted}; found stored ${stored}, duplicate ${duplicate}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  process.stdout.write(text);
  const fault = faultOfStart(text, process.argv[2] === "again" ? "again" : "first");
  if (fault !== undefined) process.stderr.write(`start: ${fault}\n`);
  process.exitCode = fault === undefined ? 0 : 1;
}
