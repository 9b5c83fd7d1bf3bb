/** Reads a vendor's file and says everything that is wrong with it at once. */
import { parse } from "smol-toml";
import { readBounded } from "../common/bounded.ts";
import { errorCode, MailcensusError } from "../common/errors.ts";
import type { VendorFile } from "../generated/vendor.gen.ts";
import { validateVendor } from "../generated/vendor-validator.gen.js";

/** Larger than any that says something; what is cut there is no TOML any more. */
const MAX_VENDOR_BYTES = 1024 * 1024;

/** @throws MailcensusError `config-invalid`, all faults at once, a line each, without values */
export async function readVendorFile(path: string): Promise<VendorFile> {
  let text: string;
  try {
    text = (await readBounded(path, MAX_VENDOR_BYTES)).toString("utf8");
  } catch (cause) {
    throw new MailcensusError(
      "config-invalid",
      `${path}: the vendor's file can't be read (${errorCode(cause) ?? "unknown"}); name another one as vendor.file or make it readable.`,
      { cause },
    );
  }
  return parseVendorFile(text, path);
}

/** @param path as it is shown @throws as {@link readVendorFile} */
export function parseVendorFile(text: string, path: string): VendorFile {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new MailcensusError("config-invalid", `${path}: it isn't TOML; correct what its parser says.`, {
      cause,
    });
  }
  if (!validateVendor(value)) {
    const faults = (validateVendor.errors ?? []).map(
      ({ instancePath, keyword, message }) =>
        `${path}: ${instancePath.slice(1).replaceAll("/", ".") || "the file"}: ${message ?? keyword}`,
    );
    throw new MailcensusError("config-invalid", [...new Set(faults)].join("\n"));
  }
  if (namesOf(value).includes("constructor"))
    throw new MailcensusError(
      "config-invalid",
      `${path}: constructor: every object has something of this name; choose another.`,
    );
  const repeated = repeatedNames(value);
  if (repeated.length > 0)
    throw new MailcensusError(
      "config-invalid",
      repeated.map((name) => `${path}: ${name}: stands in two of counts, choices and features`).join("\n"),
    );
  return value;
}

/** In `unknown` a figure is called by its name alone, so that a name may stand once only. */
function repeatedNames(file: VendorFile): string[] {
  const names = namesOf(file);
  return names.filter((name, index) => names.indexOf(name) !== index);
}

function namesOf({ vendor, counts, choices, features }: VendorFile): string[] {
  return [vendor, ...[counts, choices, features].flatMap((group) => Object.keys(group ?? {}))];
}
