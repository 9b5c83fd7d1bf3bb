/** What a release of the dictionary is to those who read reports: its validator, its entries, its words. */
import type { Entry } from "./dictionary/entry.ts";
import type { ReportV1 } from "./generated/report.v1.gen.ts";
import type { Validate } from "./generated/validators.gen.js";

/** A vendor's own block: closed by the vendor's file, not by this type. */
export type VendorBlock = {
  readonly schema: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly choices?: Readonly<Record<string, string>>;
  readonly features?: readonly {
    readonly feature: string;
    readonly state: "absent" | "enabled" | "installed";
    readonly usage?: number;
  }[];
};

/** A report of the newest release, with a vendor's block where there is one. */
export type Report = ReportV1 & { readonly vendor?: Readonly<Record<string, VendorBlock>> };

export type Release = {
  /** The `schema` of its reports. */
  readonly number: number;
  readonly validate: Validate<Report>;
  readonly entries: readonly Entry[];
  /** Every property name of its schema: what a pointer may show. */
  readonly keys: ReadonlySet<string>;
  /** From a report of this release to one of the next; null in the newest. Pure, and never refuses. */
  readonly upcast: ((report: Report) => Report) | null;
};
