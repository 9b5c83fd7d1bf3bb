/**
 * Every error that a person can meet: a stable code, a sentence that says what to do, a cause.
 * The code decides the exit status (sysexits.h) and whether trying again can help.
 */
export type FailureKind = "permanent" | "transient" | "shutting-down";

type ErrorRow = { readonly exit: number; readonly kind: FailureKind };

export const ERRORS = {
  usage: { exit: 64, kind: "permanent" },
  "config-invalid": { exit: 78, kind: "permanent" },
  "config-missing": { exit: 78, kind: "permanent" },
  "report-refused": { exit: 65, kind: "permanent" },
  "document-unreadable": { exit: 66, kind: "permanent" },
  "not-enabled": { exit: 77, kind: "permanent" },
  "broker-unreachable": { exit: 69, kind: "transient" },
  "broker-refused": { exit: 77, kind: "permanent" },
  "broker-storage": { exit: 75, kind: "transient" },
  "receipt-missing": { exit: 75, kind: "transient" },
  "report-deferred": { exit: 75, kind: "transient" },
  "receipt-forged": { exit: 76, kind: "permanent" },
  "copy-failed": { exit: 75, kind: "transient" },
  "state-unreadable": { exit: 74, kind: "permanent" },
  "state-full": { exit: 74, kind: "transient" },
  "state-occupied": { exit: 73, kind: "permanent" },
  "state-locked": { exit: 75, kind: "transient" },
  "store-unreadable": { exit: 74, kind: "permanent" },
  "store-full": { exit: 74, kind: "transient" },
  "store-in-use": { exit: 75, kind: "transient" },
  "backup-unreadable": { exit: 66, kind: "permanent" },
  "tombstones-unreadable": { exit: 74, kind: "permanent" },
  "retention-waits": { exit: 75, kind: "permanent" },
  "right-refused": { exit: 65, kind: "permanent" },
  "answer-missing": { exit: 75, kind: "transient" },
  "missing-program": { exit: 69, kind: "permanent" },
  "chain-broken": { exit: 70, kind: "permanent" },
  "shutting-down": { exit: 75, kind: "shutting-down" },
  internal: { exit: 70, kind: "permanent" },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** An error to be shown: `message` is one sentence telling the reader what to do, and holds no identity. */
export class MailcensusError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options);
    this.name = "MailcensusError";
    this.code = code;
  }
  get exit(): number {
    return ERRORS[this.code].exit;
  }
  get kind(): FailureKind {
    return ERRORS[this.code].kind;
  }
}

/** The error itself, or what was thrown wrapped as `internal`. */
export function asMailcensusError(thrown: unknown): MailcensusError {
  if (thrown instanceof MailcensusError) return thrown;
  return new MailcensusError(
    "internal",
    "Something went wrong inside mailcensus; please report it with this code.",
    {
      cause: thrown,
    },
  );
}

/** `code` of a system or library error (`ENOENT`, `SQLITE_FULL` …), where it has one. */
export function errorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
