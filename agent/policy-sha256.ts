/** Which text of a policy an admin was shown. */
import type { StatePaths } from "./state.ts";

/** The SHA-256 of the text, in hexadecimal; null for the built-in policy, which has none. */
export async function policySha256(_paths: StatePaths, _version: number): Promise<string | null> {
  return null;
}
