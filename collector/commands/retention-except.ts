/** `mailcensus collector retention except` */
import { type CommandContext, type CommandRun, textFlag } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { publicBytes, publicId } from "#schemas/nkey.ts";
import { formatInstant } from "#schemas/period.ts";
import { loadRetention } from "../config.ts";
import { faultsOf, type Times } from "../retention/exceptions.ts";
import type { Retention } from "../retention/settings.ts";
import { storeFailure } from "../store/failure.ts";
import { openStore, type Store } from "../store/index.ts";

const MAX_REASON = 500;

type Change = { readonly kind: "end" } | ({ readonly kind: "set"; readonly reason: string } & Times);

export const run: CommandRun = async (context) => {
  const { storeUrl, retention } = await loadRetention(context.configFile);
  const id = textFlag(context, "id");
  if (id === undefined) {
    await using store = await openStore(storeUrl, "read");
    list(context, store);
    return 0;
  }
  const publicKey = publicBytes(id);
  if (publicKey === null)
    throw new MailcensusError(
      "usage",
      "--id: expected the id of an installation, as its admin's agent shows it.",
    );
  const change = changeOf(context, retention);
  await using store = await openStore(storeUrl, "write", context.signal);
  try {
    make(store, publicKey, change, Math.floor(context.now().getTime() / 1000));
  } catch (error) {
    throw storeFailure(error);
  }
  const said =
    change.kind === "end" ? "It is kept as everyone's again." : "Kept; it holds from the next run on.";
  context.write(context.json ? `${JSON.stringify({ state: change.kind })}\n` : `${said}\n`);
  return 0;
};

/** @throws MailcensusError `usage`, all faults at once */
function changeOf(context: CommandContext, retention: Retention): Change {
  const [archive, remove, reason = ""] = ["archive-days", "delete-days", "reason"].map((name) =>
    textFlag(context, name),
  );
  if (context.flags["end"] === true) {
    if (archive !== undefined || remove !== undefined)
      throw new MailcensusError("usage", "--end takes no days: everyone's hold again.");
    return { kind: "end" };
  }
  const times = { archiveDays: daysOf(archive), deleteDays: daysOf(remove) };
  const faults = [
    ...faultsOf(times, retention),
    ...(archive === undefined && remove === undefined
      ? ["Give --archive-days, --delete-days or --end."]
      : []),
    ...(reason.trim() === "" || reason.length > MAX_REASON || /\p{Cc}/u.test(reason)
      ? [`--reason: expected a line of at most ${MAX_REASON} characters.`]
      : []),
  ];
  if (faults.length > 0) throw new MailcensusError("usage", faults.join("\n"));
  return { kind: "set", ...times, reason: reason.trim() };
}

/** What is no number lies in no bounds. */
function daysOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  return /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
}

/** The audit says what was done, and not for whom: a reason may name somebody. */
function make(store: Store, publicKey: Buffer, change: Change, at: number): void {
  store.transaction(({ rights, retention }) => {
    const known = rights.find(publicKey);
    if (known === undefined) throw unknown();
    const note = (action: string, detail: object): void =>
      rights.note({ at, actor: "operator", action, detail: JSON.stringify(detail) });
    if (change.kind === "set") {
      const { archiveDays, deleteDays, reason } = change;
      retention.except({ installation: known.id, archiveDays, deleteDays, reason, at });
      note("retention-exception", { archive_days: archiveDays, delete_days: deleteDays });
    } else if (retention.endException(known.id)) note("retention-exception-end", {});
    else throw new MailcensusError("usage", "There is no exception for it: nothing was changed.");
  });
}

function unknown(): MailcensusError {
  return new MailcensusError("usage", "--id: nothing is stored of that installation.");
}

function list(context: CommandContext, { reader }: Store): void {
  const rows = reader.retention.exceptions().map(({ publicKey, archiveDays, deleteDays, reason, at }) => ({
    installation: publicId(publicKey),
    archive_days: archiveDays,
    delete_days: deleteDays,
    reason,
    at: formatInstant(new Date(at * 1000)),
  }));
  if (context.json) context.write(`${JSON.stringify({ exceptions: rows })}\n`);
  else if (rows.length === 0) context.write("There are none.\n");
  else
    for (const row of rows)
      context.write(
        `${row.installation}  archived ${row.archive_days ?? "as everyone's"}, deleted ${row.delete_days ?? "as everyone's"} (days), since ${row.at}: ${row.reason}\n`,
      );
}
