/** A vendor's release of the dictionary: the newest one with the vendor's block in it. */
import { compiler } from "../compiler.ts";
import type { SchemaNode } from "../dictionary/node.ts";
import { readDictionary } from "../dictionary/read.ts";
import type { Validate } from "../generated/validators.gen.js";
import type { VendorFile } from "../generated/vendor.gen.ts";
import { keysOf } from "../keys.ts";
import type { Release, Report } from "../release.ts";
import { NEWEST, NEWEST_SCHEMA } from "../releases.ts";
import { composeSchema } from "./compose.ts";

export type VendorRelease = {
  readonly file: VendorFile;
  readonly schema: SchemaNode;
  readonly release: Release;
};

/** Compiled when it is called: what a vendor's file says is known only then. */
export function vendorRelease(file: VendorFile): VendorRelease {
  const schema = composeSchema(NEWEST_SCHEMA, file);
  const { entries } = readDictionary(schema);
  const validate = compiler({ firstFault: true }).compile(schema) as unknown as Validate<Report>;
  return { file, schema, release: { ...NEWEST, validate, entries, keys: keysOf(schema) } };
}
