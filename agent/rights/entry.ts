/** What is known of a request that an admin has made: whether it waits, and what it was answered. */
import { ERRORS, type ErrorCode } from "#schemas/common/errors.ts";
import type { RightsAction, RightsAnswerV1, RightsInformation } from "#schemas/rights.ts";
import type { KeptReceipt } from "../entry.ts";
import { type Fields, isCount, isText, isTextOrNull, oneOf } from "../state.ts";

export const RIGHTS_ACTIONS = [
  "access",
  "export",
  "correct",
  "object",
  "erase",
  "withdraw",
  "consent",
  "import",
] as const satisfies readonly RightsAction[];
const ANSWER_STATES = [
  "done",
  "refused",
  "erased",
  "unknown",
] as const satisfies readonly RightsAnswerV1["state"][];

/** Attempts that have failed in a row. `rule`: by which the collector gave no answer, where it said one. */
export type RequestFailure = {
  readonly code: ErrorCode;
  readonly rule: string | null;
  readonly at: string;
  readonly failures: number;
  readonly next_attempt_at: string;
};

/** Of a long answer's part: the hash of the signed request, of the signed answer, and its signature. */
export type KeptPart = { readonly request: string; readonly sha256: string; readonly signature: string };

/** The collector's signed answer, and how its key came from the one that is pinned. */
export type KeptAnswer = {
  readonly state: RightsAnswerV1["state"];
  readonly at: string;
  /** Of a long answer only its parts are kept, not the data. */
  readonly receipt: KeptReceipt | null;
  readonly parts: readonly KeptPart[];
  readonly information: RightsInformation | null;
  readonly keys: string;
};

export type RequestMeta = {
  readonly version: 1;
  readonly sha256: string;
  readonly signature: string;
  readonly action: RightsAction;
  readonly made_at: string;
  /** The configuration whose collector is asked, where it isn't this installation's own. */
  readonly config: string | null;
  /** How often the collector was asked, and when last. */
  readonly attempts: number;
  readonly asked_at: string | null;
  readonly failure: RequestFailure | null;
  readonly answer: KeptAnswer | null;
  /** Whether what follows from the answer has been done in this folder. */
  readonly settled: boolean;
};

export function parseRequestMeta(fields: Fields): RequestMeta | null {
  const { version, sha256, signature, made_at, config, attempts, asked_at, settled } = fields;
  const action = oneOf(RIGHTS_ACTIONS, fields["action"]);
  const failure = parseFailure(fields["failure"]);
  const answer = parseAnswer(fields["answer"]);
  if (version !== 1 || action === null || failure === undefined || answer === undefined) return null;
  if (!isText(sha256) || !isText(signature) || !isText(made_at) || typeof settled !== "boolean") return null;
  if (!isTextOrNull(config) || !isCount(attempts) || !isTextOrNull(asked_at)) return null;
  return {
    version,
    sha256,
    signature,
    action,
    made_at,
    config,
    attempts,
    asked_at,
    failure,
    answer,
    settled,
  };
}

/** Undefined where it is something else; so below. */
function parseFailure(value: unknown): RequestFailure | null | undefined {
  if (value === null) return null;
  if (typeof value !== "object") return undefined;
  const { rule, at, failures, next_attempt_at } = value as Fields;
  const code = oneOf(Object.keys(ERRORS) as ErrorCode[], (value as Fields)["code"]);
  if (code === null || !isTextOrNull(rule) || !isText(at)) return undefined;
  if (!isCount(failures) || !isText(next_attempt_at)) return undefined;
  return { code, rule, at, failures, next_attempt_at };
}

function parseAnswer(value: unknown): KeptAnswer | null | undefined {
  if (value === null) return null;
  if (typeof value !== "object") return undefined;
  const { at, parts, keys, receipt, information } = value as Fields;
  const state = oneOf(ANSWER_STATES, (value as Fields)["state"]);
  if (state === null || !isText(at) || !isText(keys) || !Array.isArray(parts)) return undefined;
  const kept = parts.map(parsePart);
  if (kept.includes(null) || typeof receipt !== "object" || typeof information !== "object") return undefined;
  const { text, signature } = (receipt ?? {}) as Fields;
  if (receipt !== null && !(isText(text) && isText(signature))) return undefined;
  return {
    state,
    at,
    keys,
    parts: kept.filter((part) => part !== null),
    receipt: isText(text) && isText(signature) ? { text, signature } : null,
    information: information as RightsInformation | null,
  };
}

function parsePart(value: unknown): KeptPart | null {
  if (typeof value !== "object" || value === null) return null;
  const { request, sha256, signature } = value as Fields;
  return isText(request) && isText(sha256) && isText(signature) ? { request, sha256, signature } : null;
}
