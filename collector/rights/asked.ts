/** A request that is to be done, and who asks: an installation that has signed it, or the operator for somebody. Pure. */
import type { NewRequest } from "../store/rights.ts";
import type { OpenedRequest } from "./open.ts";

export type Asker =
  | { readonly via: "agent" }
  | {
      readonly via: "operator";
      /** What the operator has seen that the asker is who they say. */
      readonly evidence: string;
      /** When it was asked, in Unix seconds. */
      readonly received_at: number;
    };

/** Where the operator asks, nobody has signed it: its signature is empty. */
export type Asked = Extract<OpenedRequest, { ok: true }> & { readonly by: Asker };

/** As the store keeps a request. @param at Unix seconds */
export function rowOf({ by, digest, request }: Asked, installation: number | null, at: number): NewRequest {
  const { action } = request;
  const head = { installation, request: digest, action };
  return by.via === "agent" ? { ...head, via: "agent", received_at: at, evidence: null } : { ...head, ...by };
}

/** As the audit names who asks. */
export function actorOf({ via }: Pick<Asker, "via">): "installation" | "operator" {
  return via === "agent" ? "installation" : "operator";
}
