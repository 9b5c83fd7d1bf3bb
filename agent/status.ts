/** `status.json`: what went wrong last and since when. It is told, never decided by, but for the back-off. */
import { ERRORS, type ErrorCode } from "#schemas/common/errors.ts";
import {
  type Fields,
  isCount,
  isText,
  oneOf,
  readDocument,
  type StatePaths,
  unlessDamaged,
  writeDocument,
} from "./state.ts";

const REASONS = ["budget", "new-installations", "not-allowed", "space"] as const;

/** Why the collector put a report off, and until when. */
export type Deferred = { readonly reason: (typeof REASONS)[number]; readonly after: string };

/** Attempts that have failed in a row. */
export type Trouble = {
  readonly since: string;
  readonly at: string;
  readonly code: ErrorCode;
  readonly failures: number;
  readonly next_attempt_at: string;
  /** What the collector said where it put a report off; null where something else went wrong. */
  readonly deferred: Deferred | null;
};

export type Refused = { readonly rule: string; readonly pointer: string; readonly at: string };

export type StatusDocument = {
  readonly version: 1;
  /** When the broker was last tried. */
  readonly last_attempt_at: string | null;
  readonly trouble: Trouble | null;
  /** The last report that broke the schema, and so was never sent. */
  readonly refused: Refused | null;
};

const EMPTY: StatusDocument = { version: 1, last_attempt_at: null, trouble: null, refused: null };

/**
 * A damaged file counts as an empty one, and the next write mends it: nothing in it is worth a report
 * that isn't sent.
 * @throws MailcensusError `state-unreadable` where the folder can't be used
 */
export async function readStatus(paths: StatePaths): Promise<StatusDocument> {
  return (await unlessDamaged(readDocument(paths.status, parseStatus), null)) ?? EMPTY;
}

export async function updateStatus(paths: StatePaths, change: Partial<StatusDocument>): Promise<void> {
  await writeDocument(paths.status, { ...(await readStatus(paths)), ...change });
}

/** Of an installation that is erased nothing went wrong any more. */
export function resetStatus(paths: StatePaths): Promise<void> {
  return writeDocument(paths.status, EMPTY);
}

/** Keeps the rule and the place, and nothing of what was counted. */
export function recordRefusal(paths: StatePaths, refused: Refused): Promise<void> {
  return updateStatus(paths, { refused });
}

function parseStatus(fields: Fields): StatusDocument | null {
  const { version, last_attempt_at } = fields;
  if (version !== 1 || !(last_attempt_at === null || isText(last_attempt_at))) return null;
  return {
    version,
    last_attempt_at,
    trouble: parseTrouble(fields["trouble"]),
    refused: parseRefused(fields["refused"]),
  };
}

function parseTrouble(value: unknown): Trouble | null {
  if (typeof value !== "object" || value === null) return null;
  const { since, at, failures, next_attempt_at } = value as Fields;
  const code = oneOf(Object.keys(ERRORS) as ErrorCode[], (value as Fields)["code"]);
  if (code === null || !isText(since) || !isText(at) || !isCount(failures) || !isText(next_attempt_at))
    return null;
  const deferred = parseDeferred((value as Fields)["deferred"]);
  return { since, at, code, failures, next_attempt_at, deferred };
}

function parseDeferred(value: unknown): Deferred | null {
  if (typeof value !== "object" || value === null) return null;
  const { after } = value as Fields;
  const reason = oneOf(REASONS, (value as Fields)["reason"]);
  return reason !== null && isText(after) ? { reason, after } : null;
}

function parseRefused(value: unknown): Refused | null {
  if (typeof value !== "object" || value === null) return null;
  const { rule, pointer, at } = value as Fields;
  return isText(rule) && isText(pointer) && isText(at) ? { rule, pointer, at } : null;
}
