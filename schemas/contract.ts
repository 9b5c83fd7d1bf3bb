/**
 * The contract in force here: what reports may hold, how they are read, and by which subjects they go.
 * Agent and collector make it of the same files, so that what one lets out is what the other lets in.
 */
import { configPath, type LoadedConfig } from "./common/config.ts";
import { MailcensusError } from "./common/errors.ts";
import { type Coverage, type CoveredTerms, coverageReader } from "./dictionary/coverage.ts";
import type { Entry } from "./dictionary/entry.ts";
import type { SchemaNode } from "./dictionary/read.ts";
import type { VendorFile } from "./generated/vendor.gen.ts";
import { createParser, type Parsed, type ParseReport } from "./parser.ts";
import type { Release } from "./release.ts";
import { NEWEST, NEWEST_SCHEMA, RELEASES } from "./releases.ts";
import { parseReport } from "./report.ts";
import { SUBJECT_PREFIX } from "./subjects.ts";
import { readVendorFile } from "./vendor/read.ts";
import { type VendorRelease, vendorRelease } from "./vendor/release.ts";

export type Contract = {
  readonly parse: ParseReport;
  /** All that is in the dictionary, the vendor's entries last. */
  readonly entries: readonly Entry[];
  readonly coverage: (terms: CoveredTerms) => Coverage;
  /** The release that reports are made in. */
  readonly schema: number;
  readonly newestScope: number;
  readonly vendor: VendorFile | null;
  /** The schema itself, annotated: what a proof is made of. */
  readonly document: SchemaNode;
  readonly release: Release;
  /** The first token of the broker's subjects. */
  readonly subjects: string;
};

/** Without a vendor. */
export const BASE_CONTRACT: Contract = contractOf(parseReport, NEWEST, NEWEST_SCHEMA, null);

/** @param earlier files of the same vendor that reports were made under before */
export function vendorContract(newest: VendorRelease, earlier: readonly VendorRelease[] = []): Contract {
  const parsers = new Map(
    [...earlier, newest].map(({ file, release }) => [file.schema, parserOf(release)] as const),
  );
  const { vendor } = newest.file;
  const parse: ParseReport = (bytes) => {
    // A block is looked for in the bytes, so that most reports are parsed once only.
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"vendor":'))
      return parseReport(bytes);
    let refusal: Parsed | undefined;
    for (const [number, parser] of [...parsers].reverse()) {
      const parsed = parser(bytes);
      if (parsed.ok && parsed.report.vendor?.[vendor]?.schema === number) return parsed;
      refusal ??= parsed;
    }
    return refusal ?? parseReport(bytes);
  };
  return contractOf(parse, newest.release, newest.schema, newest.file);
}

function parserOf(release: Release): ParseReport {
  // Older releases had their own vendor files; their reports are read without a block.
  return createParser([...RELEASES.slice(0, -1), release]);
}

/** What a newest release amounts to, with the parser of it and all before it. */
export function contractOf(
  parse: ParseReport,
  release: Release,
  document: SchemaNode,
  vendor: VendorFile | null,
): Contract {
  const { entries, number } = release;
  return {
    parse,
    entries,
    coverage: coverageReader(entries),
    schema: number,
    newestScope: Math.max(...entries.map(({ since }) => since)),
    vendor,
    document,
    release,
    subjects: vendor?.collector?.subjects ?? SUBJECT_PREFIX,
  };
}

/** The contract that a configuration names. @throws MailcensusError `config-invalid` */
export async function loadContract(loaded: LoadedConfig): Promise<Contract> {
  const { vendor } = loaded.config;
  if (vendor === undefined) return BASE_CONTRACT;
  const read = async (file: string) => vendorRelease(await readVendorFile(configPath(loaded, file)));
  const newest = await read(vendor.file);
  const earlier = await Promise.all((vendor.earlier ?? []).map(read));
  const strangers = earlier.filter(
    ({ file }) => file.vendor !== newest.file.vendor || file.schema >= newest.file.schema,
  );
  if (strangers.length > 0)
    throw new MailcensusError(
      "config-invalid",
      `${loaded.file}: vendor.earlier: expected files of the same vendor with a lower schema, found another one.`,
    );
  return vendorContract(newest, earlier);
}
