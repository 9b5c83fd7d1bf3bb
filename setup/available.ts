import { SetupFault } from "./fault.mjs";
import { findNatsServer, type NatsServer } from "./nats-server.ts";
import { reasonOf } from "./process.ts";

/** Something that isn't on this machine and couldn't be fetched: the sentence that says why. */
export interface Missing {
  readonly missing: string;
}

/** The part of vitest's test context that is needed to skip. */
interface Skippable {
  skip(note?: string): never;
}

/** As `findNatsServer`, for those who can do without one. */
export function natsServerOrMissing(): Promise<NatsServer | Missing> {
  return findNatsServer().catch((error: unknown) => ({ missing: reasonOf(error) }));
}

/** Whether this run must not skip for what is missing: on the machine that decides, a gap is a failure. */
export function mustHave(env: NodeJS.ProcessEnv = process.env): boolean {
  return env["CI"] === "true" || env["CI"] === "1";
}

/**
 * Why a suite must be skipped, for `describe.skipIf(reason)`; undefined where nothing is missing.
 * @throws {SetupFault} required_missing: it is missing and CI=true
 */
export function skipReason(
  found: object | Missing,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (!("missing" in found) || typeof found.missing !== "string") return undefined;
  if (mustHave(env)) {
    throw new SetupFault("required_missing", `with CI=true nothing may be missing, but ${found.missing}`);
  }
  return found.missing;
}

/**
 * What was found, or this test ends here as skipped, with the reason: `orSkip(context, await findBrowser())`.
 * @throws {SetupFault} required_missing: it is missing and CI=true
 */
export function orSkip<T extends object>(
  context: Skippable,
  found: T | Missing,
  env: NodeJS.ProcessEnv = process.env,
): Exclude<T, Missing> {
  const reason = skipReason(found, env);
  if (reason !== undefined) context.skip(reason);
  return found as Exclude<T, Missing>;
}
