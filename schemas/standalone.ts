/** Validators as files of code: what runs needs no compiler, and a frozen one stays what it was. */
import { createRequire } from "node:module";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { compiler } from "./compiler.ts";

const standaloneCode = createRequire(import.meta.url)("ajv/dist/standalone/index.js").default as (
  ajv: Ajv2020,
  names: Record<string, string>,
) => string;

// ajv's ES modules still `require` their one run-time helper, and it has to be loaded as CommonJS:
// its default export is another thing in Node's own loader than in a bundler's.
const REQUIRE = `import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);\n`;

/** @param names the exported name of each schema's validator, by the schema's $id */
export function standaloneValidators(
  schemas: readonly object[],
  names: Readonly<Record<string, string>>,
  firstFault: boolean,
): string {
  const ajv = compiler({ firstFault, source: true });
  for (const schema of schemas) ajv.addSchema(schema);
  const byName = Object.fromEntries(Object.entries(names).map(([id, name]) => [name, id]));
  return `${REQUIRE}${standaloneCode(ajv, byName)}`;
}

/** What ajv calls to count the characters of a text, written out for a file that must need nothing. */
const LENGTH = "((text) => { let length = 0; for (const _ of text) length++; return length; })";

/**
 * One schema's validator as a file that needs nothing: what is frozen for ten years must not change
 * with a package.
 * @throws Error where the schema uses a keyword whose validator needs more of ajv
 */
export function standaloneValidator(schema: object, name: string): string {
  const id = (schema as { $id?: string }).$id ?? "";
  const code = standaloneValidators([schema], { [id]: name }, true)
    .replace(REQUIRE, "")
    .replaceAll('require("ajv/dist/runtime/ucs2length").default', LENGTH);
  if (code.includes("require(")) throw new Error("the validator isn't a file of its own");
  return `// @ts-nocheck\n// Frozen with its release; never changed.\n${code}`;
}
