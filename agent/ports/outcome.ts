/** How reading ended: well and at its end, or for one of the report's reasons. */
import type { Reason } from "../facts.ts";

export type Failed = { readonly ok: false; readonly reason: Reason };
export type Outcome = { readonly ok: true } | Failed;
export type Result<T> = { readonly ok: true; readonly value: T } | Failed;

/** Takes a line or row; a reason that it gives ends the reading with that reason. */
export type Handler<T> = (item: T) => Reason | undefined;

export const OK: Outcome = { ok: true };

export function failed(reason: Reason): Failed {
  return { ok: false, reason };
}

const REASON_OF_CODE: Readonly<Record<string, Reason>> = {
  ENOENT: "not-found",
  ENOTDIR: "not-found",
  EACCES: "permission-denied",
  EPERM: "permission-denied",
  EISDIR: "malformed",
  ELOOP: "malformed",
  ABORT_ERR: "timed-out",
  ETIMEDOUT: "timed-out",
};

/** The reason for a system error's code, such as `ENOENT`. */
export function reasonOfCode(code: string | undefined): Reason {
  return (code === undefined ? undefined : REASON_OF_CODE[code]) ?? "failed";
}
