/**
 * The contract in force here: what reports may hold, how they are read, and by which subjects they go.
 * Agent and collector make it of the same files, so that what one lets out is what the other lets in.
 */
import { configPath, type LoadedConfig } from "./common/config.ts";
import { MailcensusError } from "./common/errors.ts";
import { type Coverage, type CoveredTerms, coverageReader, newestScopeOf } from "./dictionary/coverage.ts";
import type { Entry } from "./dictionary/entry.ts";
import type { SchemaNode } from "./dictionary/node.ts";
import type { VendorFile } from "./generated/vendor.gen.ts";
import { createParser, type Parsed, type ParseReport } from "./parser.ts";
import type { Release } from "./release.ts";
import { NEWEST, NEWEST_SCHEMA, RELEASES } from "./releases.ts";
import { parseReport } from "./report.ts";
import { SUBJECT_PREFIX } from "./subjects.ts";
import type { VendorRelease } from "./vendor/release.ts";

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
  const parseNewest = parserOf(newest.release);
  const parseEarlier = earlier.map(({ release }) => parserOf(release)).reverse();
  const parse: ParseReport = (bytes) => {
    // A block is looked for in the bytes, so that most reports are parsed once only.
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"vendor":'))
      return parseReport(bytes);
    const parsed = parseNewest(bytes);
    if (parsed.ok) return parsed;
    // What none of them takes is refused by the newest one's rule.
    return firstTaken(parseEarlier, bytes) ?? parsed;
  };
  return contractOf(parse, newest.release, newest.schema, newest.file);
}

function firstTaken(parsers: readonly ParseReport[], bytes: Uint8Array): Parsed | null {
  for (const parse of parsers) {
    const parsed = parse(bytes);
    if (parsed.ok) return parsed;
  }
  return null;
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
    newestScope: newestScopeOf(entries),
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
  // Loaded where there is a vendor only: the compiler of validators costs every start some 40 ms.
  const { readVendorFile } = await import("./vendor/read.ts");
  const { vendorRelease } = await import("./vendor/release.ts");
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
