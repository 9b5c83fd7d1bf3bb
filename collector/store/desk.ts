/** What the operator's own commands keep about rights: requests that came by mail, disclosures, counts of the refused. */
import type Database from "better-sqlite3";
import type { DisclosureRow } from "./rights.ts";

/** A disclosure with whose data it was: of everyone where `everyone` is 1, else of somebody erased where there is no key. */
export type ListedDisclosure = DisclosureRow & {
  readonly public_key: Buffer | null;
  readonly everyone: 0 | 1;
};

/** @param day days since 1970-01-01, UTC */
export type RefusedCount = { readonly day: number; readonly rule: string; readonly count: number };

/** What waits for an answer. @param oldest when it came, in Unix seconds; null where there is none */
export type OpenRequests = { readonly count: number; readonly oldest: number | null };

/** What somebody asked by mail. Times are Unix seconds. */
export type MailedRequest = {
  readonly installation: number | null;
  readonly received_at: number;
  readonly about: string;
};

export type DeskReader = {
  open(): OpenRequests;
  /** A request's state; undefined where there is none of this number. */
  request(number: number): { readonly about: string | null; readonly answered_at: number | null } | undefined;
  /** All of them, the oldest first. */
  disclosures(): readonly ListedDisclosure[];
  refused(): readonly RefusedCount[];
  /** When each installation that has reports in the store sent the newest, and how many there are. */
  summary(installation: number): { readonly reports: number; readonly newest: number | null };
};

export type DeskStatements = DeskReader & {
  /** @returns its number */
  register(request: MailedRequest): number;
  /** @param about what stays of what was asked */
  close(number: number, answered: { at: number; outcome: string; about: string | null }): void;
  refuse(day: number, rule: string, count: number): void;
};

export function prepareDeskReader(database: Database.Database): DeskReader {
  const open = database.prepare<[], OpenRequests>(
    "select count(*) as count, min(received_at) as oldest from rights_request where answered_at is null",
  );
  const request = database.prepare<[number], { about: string | null; answered_at: number | null }>(
    "select about, answered_at from rights_request where id = ?",
  );
  const disclosures = database.prepare<[], ListedDisclosure>(
    `select at, recipient, basis, what, everyone, public_key from disclosure
     left join installation on installation.id = disclosure.installation order by at, disclosure.id`,
  );
  const refused = database.prepare<[], RefusedCount>(
    "select day, rule, count from refused_request order by day, rule",
  );
  const summary = database.prepare<[number], { reports: number; newest: number | null }>(
    "select count(bytes) as reports, max(period) as newest from report where installation = ?",
  );
  return {
    open: () => open.get() ?? { count: 0, oldest: null },
    request: (number) => request.get(number),
    disclosures: () => disclosures.all(),
    refused: () => refused.all(),
    summary: (installation) => summary.get(installation) ?? { reports: 0, newest: null },
  };
}

export function prepareDesk(database: Database.Database): DeskStatements {
  const register = database.prepare(
    `insert into rights_request (installation, action, via, received_at, about)
     values (@installation, 'mail', 'operator', @received_at, @about)`,
  );
  const close = database.prepare(
    "update rights_request set answered_at = @at, outcome = @outcome, about = @about where id = @number",
  );
  const refuse = database.prepare(
    `insert into refused_request (day, rule, count) values (?, ?, ?)
     on conflict do update set count = count + excluded.count`,
  );
  return {
    ...prepareDeskReader(database),
    register: (request) => Number(register.run(request).lastInsertRowid),
    close: (number, answered) => void close.run({ number, ...answered }),
    refuse: (day, rule, count) => void refuse.run(day, rule, count),
  };
}
