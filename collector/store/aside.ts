/** What was set aside: listed for the operator, and asked for again. */
import type Database from "better-sqlite3";
import { publicId } from "#schemas/nkey.ts";
import { formatInstant, formatPeriod } from "#schemas/period.ts";

/** A signed report that was refused: of its values nothing is kept. */
export type QuarantinedRow = {
  readonly rule: string;
  readonly pointer: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly at: string;
  /** Whether its sender is asked for it once more. */
  readonly again: boolean;
};

/** Which of them; all where nothing is given. */
export type QuarantineFilter = {
  readonly rule?: string | undefined;
  /** Those that were set aside before this instant. */
  readonly before?: Date | undefined;
};

/** A signed report whose place was taken by other bytes of the same installation. */
export type ConflictingRow = {
  readonly installation: string;
  readonly period: string;
  readonly revision: number;
  /** The highest revision that is stored. */
  readonly highest: number | null;
  readonly sha256: string;
  readonly at: string;
};

export type AsideReader = {
  /** The newest first. */
  list(filter: QuarantineFilter): readonly QuarantinedRow[];
  /** The newest first. */
  conflicting(): readonly ConflictingRow[];
};

export type AsideStatements = {
  /** Asks for them again; gives how many weren't asked for before. */
  askAgain(filter: QuarantineFilter): number;
  /** Those that name a release nobody knew, or a vendor's block that nobody knew. */
  askForSchema(which: "release" | "vendor"): number;
  /** Those that were outside the window of periods by a clock that showed a later time than this, in Unix seconds. */
  askForMisdated(latest: number): number;
  /** A note of the collector's own, by name. */
  note(key: string): string | null;
  setNote(key: string, value: string): void;
};

type Filter = { rule: string | null; before: number | null };
const MATCHES = "(@rule is null or rule = @rule) and (@before is null or at < @before)";

export function prepareAsideReader(database: Database.Database): AsideReader {
  const list = database.prepare<
    Filter,
    Omit<QuarantinedRow, "sha256" | "at" | "again"> & { sha256: Buffer; at: number; again: number }
  >(
    `select rule, pointer, size, sha256, at, again from quarantine where ${MATCHES} order by at desc, sha256`,
  );
  const conflicting = database.prepare<
    [],
    { key: Buffer; period: number; revision: number; highest: number | null; sha256: Buffer; at: number }
  >(
    `select public_key as key, period, revision, sha256, at,
       (select max(revision) from report where report.installation = conflict.installation and report.period = conflict.period)
         as highest
     from conflict join installation on installation.id = conflict.installation order by at desc, sha256`,
  );
  return {
    list: (filter) =>
      list.all(asFilter(filter)).map(({ sha256, at, again, ...row }) => ({
        ...row,
        sha256: sha256.toString("hex"),
        at: instant(at),
        again: again === 1,
      })),
    conflicting: () =>
      conflicting.all().map(({ key, period, revision, highest, sha256, at }) => ({
        installation: publicId(key),
        period: formatPeriod(period),
        revision,
        highest,
        sha256: sha256.toString("hex"),
        at: instant(at),
      })),
  };
}

export function prepareAside(database: Database.Database): AsideStatements {
  const again = database.prepare<Filter>(`update quarantine set again = 1 where again = 0 and ${MATCHES}`);
  const release = database.prepare("update quarantine set again = 1 where again = 0 and rule = 'schema'");
  const vendor = database.prepare(
    "update quarantine set again = 1 where again = 0 and (pointer = '/vendor' or pointer like '/vendor/%')",
  );
  const misdated = database.prepare<[number]>(
    "update quarantine set again = 1 where again = 0 and rule = 'window' and at > ?",
  );
  const read = database.prepare<[string], string>("select value from meta where key = ?").pluck();
  const write = database.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  return {
    askAgain: (filter) => again.run(asFilter(filter)).changes,
    askForSchema: (which) => (which === "release" ? release : vendor).run().changes,
    askForMisdated: (latest) => misdated.run(latest).changes,
    note: (key) => read.get(key) ?? null,
    setNote: (key, value) => void write.run(key, value),
  };
}

function asFilter({ rule, before }: QuarantineFilter): Filter {
  return { rule: rule ?? null, before: before === undefined ? null : Math.ceil(before.getTime() / 1000) };
}

function instant(seconds: number): string {
  return formatInstant(new Date(seconds * 1000));
}
