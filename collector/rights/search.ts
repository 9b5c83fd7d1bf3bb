/** Finds whose data somebody asks for: by id, by a domain that a report names, or by a report's SHA-256. */
import { setImmediate as turn } from "node:timers/promises";
import { publicBytes } from "#schemas/nkey.ts";
import type { Store } from "../store/index.ts";

export type Sought =
  | { readonly by: "id"; readonly id: string }
  /** @param all in every stored report, the archive's too; else in the newest of each installation */
  | { readonly by: "domain"; readonly domain: string; readonly all: boolean }
  | { readonly by: "sha256"; readonly sha256: string };

export type Watch = {
  /** Called now and then with how many installations were looked at. */
  readonly onSearched: (count: number) => void;
  readonly signal: AbortSignal;
};

/** Between two of these others have their turn. */
const AT_ONCE = 256;

/** The ids of all that match. Errors of SQLite are thrown as they are. @throws the signal's reason */
export async function search(store: Store, sought: Sought, watch: Watch): Promise<readonly string[]> {
  switch (sought.by) {
    case "id":
      return isStored(store, sought.id) ? [sought.id] : [];
    case "sha256": {
      const { sha256 } = sought;
      const stored = store.reader.data.ownersOf(Buffer.from(sha256, "hex"));
      return [...new Set([...stored, ...store.archive.ownersOf(sha256)])];
    }
    case "domain": {
      const found = new Set<string>();
      // Reports are canonical JSON: a key and its value stand there in one way only.
      const needle = Buffer.from(`"domain":${JSON.stringify(sought.domain)}`);
      let searched = 0;
      for (const { installation, bytes } of sought.all ? everyReport(store) : newestReports(store)) {
        if (bytes?.includes(needle) === true) found.add(installation);
        searched += 1;
        if (searched % AT_ONCE !== 0) continue;
        watch.onSearched(searched);
        await turn();
        watch.signal.throwIfAborted();
      }
      return [...found];
    }
    default:
      return sought satisfies never;
  }
}

/** Whether anything of an installation is in the store or the archive. */
export function isStored({ reader, archive }: Store, id: string): boolean {
  const publicKey = publicBytes(id);
  return publicKey !== null && (reader.rights.find(publicKey) !== undefined || archive.has(id));
}

type Found = { readonly installation: string; readonly bytes: Buffer | null };

/** Of whoever has none in the store any more, the newest in the archive. */
function* newestReports(store: Store): Generator<Found> {
  yield* store.reader.data.newest();
  for (const installation of store.archive.installations()) {
    if (reportsInStore(store, installation) > 0) continue;
    let newest: Buffer | null = null;
    for (const { bytes } of store.archive.reports(installation, null)) newest = bytes ?? newest;
    yield { installation, bytes: newest };
  }
}

function* everyReport({ reader, archive }: Store): Generator<Found> {
  for (const installation of reader.data.installations()) {
    const id = rowOf(reader, installation);
    if (id === undefined) continue;
    for (const { text } of reader.data.reports(id, null))
      yield { installation, bytes: text === undefined ? null : Buffer.from(text) };
  }
  for (const installation of archive.installations())
    yield* [...archive.reports(installation, null)].map(({ bytes }) => ({ installation, bytes }));
}

function reportsInStore({ reader }: Store, installation: string): number {
  const id = rowOf(reader, installation);
  return id === undefined ? 0 : reader.desk.summary(id).reports;
}

function rowOf(reader: Store["reader"], installation: string): number | undefined {
  const publicKey = publicBytes(installation);
  return publicKey === null ? undefined : reader.rights.find(publicKey)?.id;
}
