/** Consent: what the admin agreed to, what is in effect because of it, and what that covers. */

import { PURPOSES, type Purpose } from "#schemas/generated/words.gen.ts";
import type { Level } from "#schemas/metrics.ts";
import {
  type Fields,
  isCount,
  isText,
  isTextOrNull,
  oneOf,
  readDocument,
  type StatePaths,
  unlessDamaged,
  writeDocument,
} from "./state.ts";

/** off: nothing is counted; local: counted and kept here; counts: no domain names; full: with them. */
export const CONSENT_LEVELS = ["off", "local", "counts", "full"] as const;
export type ConsentLevel = (typeof CONSENT_LEVELS)[number];
/** A level at which there is something to count. */
export type ActiveLevel = Exclude<ConsentLevel, "off">;

/** What is asked for, and agreed to. Purposes ascend and are without repeats. */
export type Terms = {
  readonly level: ActiveLevel;
  readonly purposes: readonly Purpose[];
  readonly policy: number;
  /** The numbered set of metrics that the policy names. */
  readonly scope: number;
};

export type Consent = {
  readonly version: 1;
  readonly level: ConsentLevel;
  readonly purposes: readonly Purpose[];
  readonly policy: number;
  readonly scope: number;
  /** Of the text that was agreed to; null where the policy had none. */
  readonly policy_sha256: string | null;
  readonly since: string;
  /** Where all of the installation was erased; a later consent is another installation's. */
  readonly erased?: ErasedHere;
};

/** When the collector erased everything; and whether something of it is still in the state folder. */
export type ErasedHere = { readonly at: string; readonly unfinished: boolean };

/** What is in effect, and why. */
export type Effective =
  | { readonly level: "off"; readonly reason: "do-not-track" | "never-enabled" | "disabled" | "unreadable" }
  /** The installation goes on elsewhere, since `at` where that is known; or an import isn't finished. */
  | { readonly level: "off"; readonly reason: "moved"; readonly at: string | null }
  | { readonly level: "off"; readonly reason: "arriving" }
  | { readonly level: "off"; readonly reason: "erased"; readonly at: string; readonly unfinished: boolean }
  | ({ readonly reason: "agreed"; readonly policy_sha256: string | null } & Terms);

/** `DO_NOT_TRACK` is set, and to something else than no. */
export function doNotTrack(env: NodeJS.ProcessEnv): boolean {
  const value = env["DO_NOT_TRACK"];
  return value !== undefined && !["", "0", "false"].includes(value.trim().toLowerCase());
}

export function effectiveConsent(consent: Consent | "damaged" | null, env: NodeJS.ProcessEnv): Effective {
  if (doNotTrack(env)) return { level: "off", reason: "do-not-track" };
  // Nobody knows any more what was agreed to, so nothing is.
  if (consent === "damaged") return { level: "off", reason: "unreadable" };
  if (consent === null) return { level: "off", reason: "never-enabled" };
  const { level, purposes, policy, scope, policy_sha256, erased } = consent;
  if (level === "off" && erased !== undefined) return { level, reason: "erased", ...erased };
  return level === "off"
    ? { level, reason: "disabled" }
    : { level, purposes, policy, scope, policy_sha256, reason: "agreed" };
}

/** The effective state as a person would say it. */
export function effectiveSentence(effective: Effective): string {
  switch (effective.reason) {
    case "do-not-track":
      return "off because DO_NOT_TRACK is set in the environment";
    case "never-enabled":
      return "off because nobody has enabled it yet";
    case "disabled":
      return "off because it was disabled";
    case "unreadable":
      return "off because consent can't be read (consent.json is damaged or of another version)";
    case "moved":
      return `off because it was moved to another host${effective.at === null ? "" : ` at ${effective.at}`} (only where the other one doesn't go on: mailcensus agent state resume)`;
    case "arriving":
      return "off because an import into this folder wasn't finished (repeat mailcensus agent state import)";
    case "erased":
      return `off because everything of this installation was erased at ${effective.at} (a later mailcensus agent enable begins anew, as another installation with a key of its own)`;
    case "agreed":
      return `on at level ${effective.level}, for ${effective.purposes.join(" and ")}, because the admin agreed to policy ${effective.policy}`;
    default:
      return effective satisfies never;
  }
}

/** The form that a report of this level has: `local` keeps the form of `full`, and stays here. */
export function reportLevel(level: ActiveLevel): Level {
  return level === "counts" ? "counts" : "full";
}

/** Whether a report made under `made` may leave now: nobody sends more than what is agreed to today. */
export function covers(effective: Effective, made: Terms): boolean {
  if (effective.level === "off" || effective.level === "local" || made.level === "local") return false;
  const wideEnough = effective.level === "full" || made.level === "counts";
  if (made.scope > effective.scope) return false;
  return wideEnough && made.purposes.every((purpose) => effective.purposes.includes(purpose));
}

/** The words that are purposes, ascending and without repeats; null where one isn't. */
export function purposesOf(words: readonly string[]): Purpose[] | null {
  const known = words.map((word) => oneOf(PURPOSES, word));
  return known.includes(null) ? null : PURPOSES.filter((purpose) => known.includes(purpose));
}

/**
 * What was agreed to; null where nothing was, `damaged` where the file can't be made sense of.
 * @throws MailcensusError `state-unreadable` where the folder can't be used
 */
export function readConsent(paths: StatePaths): Promise<Consent | "damaged" | null> {
  const read = readDocument<Consent>(paths.consent, (fields) => {
    const { version, level, purposes, policy, scope, since } = fields;
    // Before policies had texts there was no such field.
    const { policy_sha256 = null } = fields;
    const known = oneOf(CONSENT_LEVELS, level);
    const purposesKnown = Array.isArray(purposes) ? purposesOf(purposes.map(String)) : null;
    if (version !== 1 || known === null || purposesKnown === null) return null;
    if (!isCount(policy) || !isCount(scope) || !isText(since)) return null;
    if (!isTextOrNull(policy_sha256)) return null;
    const erased = parseErased(fields["erased"]);
    if (erased === null) return null;
    return { version, level: known, purposes: purposesKnown, policy, scope, policy_sha256, since, ...erased };
  });
  return unlessDamaged(read, "damaged" as const);
}

/** Nothing where the file says nothing of it, null where it says something else. */
function parseErased(value: unknown): { erased?: ErasedHere } | null {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) return null;
  const { at, unfinished } = value as Fields;
  return isText(at) && typeof unfinished === "boolean" ? { erased: { at, unfinished } } : null;
}

export function writeConsent(paths: StatePaths, consent: Consent): Promise<void> {
  return writeDocument(paths.consent, consent);
}
