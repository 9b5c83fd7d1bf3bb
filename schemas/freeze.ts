/**
 * Freezes a release: `node schemas/freeze.ts` keeps the schema as it is now, with its validator, as
 * `releases/vN.*`; `--check` tells whether every frozen one is as it was, and whether the present
 * schema may differ from the last of them as it does. Before the first release tag there is none.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readIfThere } from "./common/files.ts";
import type { SchemaNode } from "./dictionary/node.ts";
import { sha256 } from "./envelope.ts";
import { compareReleases, releaseOf } from "./releasing/compare.ts";
import { standaloneValidator } from "./standalone.ts";

/** By release: the SHA-256 of its schema and of its validator, in hexadecimal. */
export type Released = Readonly<Record<string, { readonly schema: string; readonly validator: string }>>;

/** The files of a folder of schemas. */
export type FreezePlace = {
  /** The present schema. */
  readonly schema: string;
  /** Where frozen ones are kept. */
  readonly folder: string;
};

/** @returns its number @throws Error where that release is frozen already, or may not be released */
export async function freeze(place: FreezePlace): Promise<number> {
  const faults = await checkFrozen(place);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const text = await readFile(place.schema, "utf8");
  const schema = JSON.parse(text) as SchemaNode;
  const number = releaseOf(schema) ?? 0;
  const released = await readReleased(place);
  if (released[number] !== undefined) throw new Error(`Release ${number} is frozen already.`);
  const validator = standaloneValidator(schema, `validateReportV${number}`);
  const entry = { schema: hexOf(Buffer.from(text)), validator: hexOf(Buffer.from(validator)) };
  await mkdir(place.folder, { recursive: true });
  await writeFile(join(place.folder, `v${number}.report.schema.json`), text, { flag: "wx" });
  await writeFile(join(place.folder, `v${number}.validator.js`), validator, { flag: "wx" });
  const index = `${JSON.stringify({ ...released, [number]: entry }, null, 2)}\n`;
  await writeFile(join(place.folder, "released.json"), index);
  return number;
}

/** A sentence for each fault; none where the present schema may stand beside what was released. */
export async function checkFrozen(place: FreezePlace): Promise<readonly string[]> {
  const released = Object.entries(await readReleased(place));
  const faults: string[] = [];
  for (const [number, hashes] of released) {
    for (const [file, hash] of [
      [`v${number}.report.schema.json`, hashes.schema],
      [`v${number}.validator.js`, hashes.validator],
    ] as const) {
      const bytes = await readIfThere(join(place.folder, file));
      if (bytes === null || hexOf(bytes) !== hash)
        faults.push(`${file} isn't as it was released: restore it, and make a new release of the change.`);
    }
  }
  const last = Math.max(0, ...released.map(([number]) => Number(number)));
  if (last === 0 || faults.length > 0) return faults;
  const before = await readFile(join(place.folder, `v${last}.report.schema.json`), "utf8");
  const after = await readFile(place.schema, "utf8");
  return compareReleases(JSON.parse(before) as SchemaNode, JSON.parse(after) as SchemaNode).faults;
}

async function readReleased({ folder }: FreezePlace): Promise<Released> {
  const bytes = await readIfThere(join(folder, "released.json"));
  return JSON.parse(bytes?.toString("utf8") ?? "{}") as Released;
}

function hexOf(bytes: Uint8Array): string {
  return sha256(bytes).toString("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = dirname(fileURLToPath(import.meta.url));
  const place = { schema: join(here, "report.v1.schema.json"), folder: join(here, "releases") };
  if (process.argv.includes("--check")) {
    const faults = await checkFrozen(place);
    for (const fault of faults) process.stderr.write(`${fault}\n`);
    process.exitCode = faults.length > 0 ? 1 : 0;
  } else process.stderr.write(`frozen as release ${await freeze(place)}\n`);
}
