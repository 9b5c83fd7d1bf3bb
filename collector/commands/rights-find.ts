/**
 * `mailcensus collector rights find`: whose data somebody asks for. Ids are told to the operator's own
 * terminal, and nowhere else.
 */
import type { CommandRun } from "#schemas/common/command.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { formatInstant, formatPeriod } from "#schemas/period.ts";
import { loadStoreUrl } from "../config.ts";
import { find, inStore } from "../rights/desk.ts";
import { FlagReader, soughtOf } from "../rights/flags.ts";
import { UNIDENTIFIED } from "../rights/told.ts";
import { openPatiently, type Store } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const flags = new FlagReader(context.flags);
  const sought = soughtOf(flags);
  flags.done();
  if (sought === null) return 64;
  const url = await loadStoreUrl(context.configFile);
  const found = await inStore(async () => {
    await using store = await openPatiently(url, "read", context.signal);
    const ids = await find(store, sought, context);
    const erased = sought.by === "id" ? erasedAt(store, sought.id) : null;
    return { installations: ids.map((id) => summaryOf(store, id)), erased_at: erased };
  });
  await inStore(async () => {
    await using store = await openPatiently(url, "write", context.signal);
    const detail = JSON.stringify({ by: sought.by, found: found.installations.length });
    const at = Math.floor(context.now().getTime() / 1000);
    store.transaction(({ rights }) => rights.note({ at, actor: "operator", action: "find", detail }));
  });
  const { installations, erased_at } = found;
  const isFound = installations.length > 0;
  const answer = isFound || erased_at !== null ? {} : { answer: UNIDENTIFIED };
  if (context.json) context.write(`${JSON.stringify({ ...found, ...answer })}\n`);
  else if (isFound) context.write(installations.map(lineOf).join(""));
  else if (erased_at !== null) context.write(`Everything of this installation was erased at ${erased_at}.\n`);
  else context.write(`No installation matches. Answer with:\n${UNIDENTIFIED}\n`);
  return isFound ? 0 : 1;
};

type Summary = {
  readonly installation: string;
  /** Null where only the archive has anything. */
  readonly first_seen: string | null;
  /** Whose bytes are in the store. */
  readonly reports: number;
  readonly archived: number;
  /** The newest period in the store. */
  readonly newest: string | null;
};

function summaryOf({ reader, archive }: Store, installation: string): Summary {
  const publicKey = publicBytes(installation);
  const known = publicKey === null ? undefined : reader.rights.find(publicKey);
  const { reports, newest } = known === undefined ? NOTHING : reader.desk.summary(known.id);
  return {
    installation,
    first_seen: known === undefined ? null : formatInstant(new Date(known.first_seen * 1000)),
    reports,
    archived: archive.hashes(installation).length,
    newest: newest === null ? null : formatPeriod(newest),
  };
}

const NOTHING = { reports: 0, newest: null };

function erasedAt({ reader }: Store, id: string): string | null {
  const publicKey = publicBytes(id);
  const erased = publicKey === null ? null : reader.erased(publicKey);
  return erased === null ? null : formatInstant(new Date(erased.at * 1000));
}

function lineOf({ installation, first_seen, reports, archived, newest }: Summary): string {
  const since = first_seen === null ? "" : `  since ${first_seen.slice(0, 10)}`;
  return `${installation}${since}  newest ${newest ?? "-"}  reports ${reports}, archived ${archived}\n`;
}
