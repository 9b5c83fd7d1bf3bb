/** Looks into the demonstration from outside. */
import { join } from "node:path";
import { openStore, type StoreReader } from "#collector/store/index.ts";

/** How much is in the store of the demonstration that runs in this folder. */
export async function storeCounts(folder: string): Promise<ReturnType<StoreReader["counts"]>> {
  await using store = await openStore(`sqlite:${join(folder, "collector", "mailcensus.db")}`, "read");
  return store.reader.counts();
}
