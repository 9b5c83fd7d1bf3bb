/**
 * Enrolment: how an agent that nobody knows yet may speak to the broker. The operator publishes the
 * account of the agents and that account's *scoped* signing key; with it an agent signs its own
 * token. The broker gives every such token the scope's permissions and nothing else, made out to the
 * token's own id: so the published key grants no more than open enrolment does.
 */
import { sign } from "node:crypto";
import type { Authenticator } from "@nats-io/transport-node";
import { canonicalText } from "./canonical.ts";
import { encodeToken } from "./jwt.ts";
import { type Identity, identityOfSeed, isPublicKey } from "./nkey.ts";

/** The published file: `{"account":"A…","signing_seed":"SA…","version":1}`. */
export type Enrolment = {
  /** The public key of the agents' account. */
  readonly account: string;
  /** The seed of the account's scoped signing key; published, see above. */
  readonly signingSeed: string;
};

/** What an enrolment file holds, or null where the text isn't one. */
export function parseEnrolment(text: string): Enrolment | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { version, account, signing_seed, ...rest } = value as Record<string, unknown>;
  if (version !== 1 || Object.keys(rest).length > 0) return null;
  if (typeof account !== "string" || typeof signing_seed !== "string") return null;
  if (!isPublicKey(account, "account") || identityOfSeed(signing_seed, "account") === null) return null;
  return { account, signingSeed: signing_seed };
}

/** The file's text. */
export function enrolmentText({ account, signingSeed }: Enrolment): string {
  return `${canonicalText({ account, signing_seed: signingSeed, version: 1 })}\n`;
}

/**
 * Proves to the broker that an agent is who it says: a token for its id, signed with the enrolment's
 * key, and the server's nonce signed with the agent's own. It signs whatever nonce a server sends:
 * that nothing can come of it is the matter of `envelope.ts`. The token has no end, so that an agent
 * whose clock is wrong gets in too.
 *
 * @throws RangeError where the enrolment didn't come from {@link parseEnrolment}
 */
export function agentAuthenticator(identity: Identity, enrolment: Enrolment): Authenticator {
  const signer = identityOfSeed(enrolment.signingSeed, "account");
  if (signer === null) throw new RangeError("an enrolment holds the seed of an account's signing key");
  const jwt = encodeToken(
    {
      name: "agent",
      sub: identity.id,
      nats: { issuer_account: enrolment.account, type: "user" },
    },
    signer,
    // The broker looks at a token's date only where it revokes older ones.
    new Date(0),
  );
  return (nonce) => ({ jwt, nkey: identity.id, sig: signNonce(nonce ?? "", identity) });
}

function signNonce(nonce: string, identity: Identity): string {
  return sign(null, Buffer.from(nonce, "utf8"), identity.privateKey).toString("base64");
}
