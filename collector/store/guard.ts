/** What the guard asks of the store, and the few figures that it keeps there. */
import type Database from "better-sqlite3";
import type { Bucket, Reason, Span } from "../budget.ts";

/** What an installation has had settled, as far as rows tell: bytes as they are kept, not as they were sent. */
export type StoredUsage = { readonly messages: number; readonly bytes: number };

export type UsageReader = {
  /** The row of an installation, where there is one. */
  find(publicKey: Buffer): number | undefined;
  usage(installation: number, spans: { readonly week: Span; readonly day: Span }): StoredUsage;
  /** Null before the first new installation. */
  bucket(): Bucket | null;
};

export type GuardStatements = UsageReader & {
  setBucket(bucket: Bucket): void;
  defer(reason: Reason, count: number, at: number): void;
};

type UsageOf = { installation: number; week: number; weekEnd: number; day: number; dayEnd: number };

/** In `meta`: `{"tokens":…,"at":…}`. */
const BUCKET_KEY = "new_installations";

export function prepareUsageReader(database: Database.Database): UsageReader {
  const find = database.prepare<[Buffer], number>("select id from installation where public_key = ?").pluck();
  const inWeek = (table: string, at: string): string =>
    `(select count(*) from ${table} where installation = @installation and ${at} >= @week and ${at} < @weekEnd)`;
  const usage = database.prepare<UsageOf, StoredUsage>(
    `select ${inWeek("report", "stored_at")} + ${inWeek("quarantine", "at")} + ${inWeek("conflict", "at")} as messages,
       (select coalesce(sum(length(bytes)), 0) from report
         where installation = @installation and stored_at >= @day and stored_at < @dayEnd) as bytes`,
  );
  const bucket = database.prepare<[string], string>("select value from meta where key = ?").pluck();
  return {
    find: (publicKey) => find.get(publicKey),
    usage: (installation, { week, day }) =>
      usage.get({
        installation,
        week: seconds(week.from),
        weekEnd: seconds(week.to),
        day: seconds(day.from),
        dayEnd: seconds(day.to),
      }) ?? { messages: 0, bytes: 0 },
    bucket: () => parseBucket(bucket.get(BUCKET_KEY)),
  };
}

export function prepareGuard(database: Database.Database): GuardStatements {
  const set = database.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  const defer = database.prepare(
    `insert into deferral (reason, count, last_at) values (?, ?, ?)
     on conflict do update set count = count + excluded.count, last_at = excluded.last_at`,
  );
  return {
    ...prepareUsageReader(database),
    setBucket: (bucket) => void set.run(BUCKET_KEY, JSON.stringify(bucket)),
    defer: (reason, count, at) => void defer.run(reason, count, at),
  };
}

/** One that isn't as it was written counts as none. */
function parseBucket(text: string | undefined): Bucket | null {
  if (text === undefined) return null;
  try {
    const { tokens, at } = JSON.parse(text) as Partial<Record<keyof Bucket, unknown>>;
    return typeof tokens === "number" && typeof at === "number" ? { tokens, at } : null;
  } catch {
    return null;
  }
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
