/** Makes a signed request and puts it where it waits. */
import { formatInstant } from "#schemas/period.ts";
import { type RightsRequestV1, signRightsRequest } from "#schemas/rights.ts";
import type { Workshop } from "../workshop.ts";
import type { RequestEntry } from "./requests.ts";

type Head = "at" | "collector" | "id" | "installation";
/** What is asked, without who asks whom and when. */
export type Wish = RightsRequestV1 extends infer One
  ? One extends RightsRequestV1
    ? Omit<One, Head>
    : never
  : never;

/** Whose collector is asked. `config`: of another collector; null where it is the installation's own. */
export type Far = { readonly collector: string; readonly config: string | null };

/** The whole request. @param id sixteen random bytes */
export function requestFor(
  wish: Wish,
  head: {
    readonly at: Date;
    readonly collector: string;
    readonly id: Uint8Array;
    readonly installation: string;
  },
): RightsRequestV1 {
  const { collector, installation } = head;
  const id = Buffer.from(head.id).toString("hex");
  return { ...wish, at: formatInstant(head.at), collector, id, installation };
}

/** Call it under the lock. */
export async function makeRequest(
  shop: Workshop,
  wish: Wish,
  { collector, config }: Far,
): Promise<RequestEntry> {
  const { options, requests } = shop;
  const identity = await shop.identity();
  const at = options.now();
  const request = requestFor(wish, { at, collector, id: options.random(16), installation: identity.id });
  const entry = await requests.add(
    wish.action,
    signRightsRequest(request, identity.privateKey),
    config,
    formatInstant(at),
  );
  options.log.info("agent.right-made", { action: wish.action });
  return entry;
}
