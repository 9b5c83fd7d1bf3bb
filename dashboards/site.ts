/** What the routes are given: whose page it is, and the census of a week. */
import { type Census, readCensus } from "#collector/query/census.ts";
import { openReadStore } from "#collector/query/open.ts";
import type { Whose } from "#collector/query/proven.ts";
import { asMailcensusError } from "#schemas/common/errors.ts";
import type { VendorFile } from "#schemas/generated/vendor.gen.ts";
import { periodNumber } from "#schemas/period.ts";
import type { Owner } from "./views/document.ts";

export type Site = Owner & {
  readonly storePath: string;
  /** Whose file gives the words of what it adds; null where there is none. */
  readonly vendor: VendorFile | null;
  readonly now: () => Date;
};

export type Found =
  | { readonly kind: "census"; readonly census: Census }
  | { readonly kind: "empty" }
  | { readonly kind: "no-period" }
  | { readonly kind: "no-store"; readonly sentence: string };

/**
 * Reads the census of a week, the newest where `asked` is null. The store is opened for each
 * request: one that was restored from a backup meanwhile, or wasn't there yet, is seen at once.
 */
export async function find(
  { storePath, now }: Site,
  asked: number | null,
  whose: Whose = "all",
): Promise<Found> {
  try {
    await using store = openReadStore(storePath);
    return await store.snapshot(async (db): Promise<Found> => {
      const thisPeriod = periodNumber(now());
      const census = await readCensus(db, asked, thisPeriod, whose);
      if (census !== null) return { kind: "census", census };
      const any = asked === null ? null : await readCensus(db, null, thisPeriod);
      return { kind: any === null && whose === "all" ? "empty" : "no-period" };
    });
  } catch (thrown) {
    const error = asMailcensusError(thrown);
    if (error.code === "store-unreadable") return { kind: "no-store", sentence: error.message };
    throw error;
  }
}
