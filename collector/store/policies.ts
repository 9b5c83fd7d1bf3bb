/** The policies and notices that were published. Times are Unix seconds. */
import type Database from "better-sqlite3";

export type PolicyRow = {
  readonly version: number;
  readonly scope: number;
  readonly effective: number;
  readonly published_at: number;
  /** The exact bytes that were signed. */
  readonly document: string;
  readonly signature: Buffer;
};

export type NoticeRow = {
  readonly number: number;
  readonly published_at: number;
  readonly document: string;
  readonly signature: Buffer;
};

export type PolicyReader = {
  get(version: number): PolicyRow | null;
  newest(): PolicyRow | null;
  all(): readonly PolicyRow[];
  /** Those after this number, in their order. @param most how many */
  notices(after: number, most?: number): readonly NoticeRow[];
};

export type PolicyStatements = PolicyReader & {
  publish(row: PolicyRow): void;
  notify(row: NoticeRow): void;
};

export function preparePolicyReader(database: Database.Database): PolicyReader {
  const get = database.prepare<[number], PolicyRow>("select * from policy where version = ?");
  const newest = database.prepare<[], PolicyRow>("select * from policy order by version desc limit 1");
  const all = database.prepare<[], PolicyRow>("select * from policy order by version");
  const notices = database.prepare<[number, number], NoticeRow>(
    "select * from notice where number > ? order by number limit ?",
  );
  return {
    get: (version) => get.get(version) ?? null,
    newest: () => newest.get() ?? null,
    all: () => all.all(),
    // A negative limit is none.
    notices: (after, most = -1) => notices.all(after, most),
  };
}

export function preparePolicies(database: Database.Database): PolicyStatements {
  const publish = database.prepare(
    `insert into policy (version, scope, effective, published_at, document, signature)
     values (@version, @scope, @effective, @published_at, @document, @signature)`,
  );
  const notify = database.prepare(
    "insert into notice (number, published_at, document, signature) values (@number, @published_at, @document, @signature)",
  );
  return {
    ...preparePolicyReader(database),
    publish: (row) => void publish.run(row),
    notify: (row) => void notify.run(row),
  };
}
