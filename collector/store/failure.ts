/** What a failure of the store means; decided here and nowhere else. */
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";

/** Whether trying again later can help: a full disk, a lock, a failing device. */
export function isTransient(thrown: unknown): boolean {
  return /^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL)/.test(errorCode(thrown) ?? "");
}

/** The failure as a person meets it; what is no failure of SQLite's is given back as it is. */
export function storeFailure(thrown: unknown): unknown {
  const code = errorCode(thrown);
  if (thrown instanceof MailcensusError || code?.startsWith("SQLITE_") !== true) return thrown;
  if (code.startsWith("SQLITE_FULL"))
    return new MailcensusError("store-full", "The disk under the store is full: free space on it.", {
      cause: thrown,
    });
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return new MailcensusError(
      "store-unreadable",
      "The store's file is damaged: stop the collector, put a backup in its place (mailcensus collector restore FILE) and start again; agents send again what the backup lacks.",
      { cause: thrown },
    );
  if (code.startsWith("SQLITE_CANTOPEN"))
    return new MailcensusError(
      "store-unreadable",
      "There is no store that this user can open: start the collector once (mailcensus collector run), or correct store.url in the configuration.",
      { cause: thrown },
    );
  return new MailcensusError(
    "store-unreadable",
    `The store can't be used (${code}): see that its folder is there, that its disk isn't full and that this user may write to it.`,
    { cause: thrown },
  );
}
