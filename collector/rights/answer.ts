/** From an opened request to its answer. */
import type { NatsConnection } from "@nats-io/transport-node";
import { canonicalBytes } from "#schemas/canonical.ts";
import type { Contract } from "#schemas/contract.ts";
import { formatInstant } from "#schemas/period.ts";
import type { RightsAnswerV1, RightsInformation, RightsRefusal, RightsRequestV1 } from "#schemas/rights.ts";
import type { Guarding } from "../guard.ts";
import type { CollectorIdentity } from "../identity.ts";
import type { Operator } from "../operator.ts";
import { retentionFor } from "../retention/exceptions.ts";
import type { Retention } from "../retention/settings.ts";
import type { Ingest, Store } from "../store/index.ts";
import { type Asked, actorOf, rowOf } from "./asked.ts";
import { dataOf } from "./data.ts";
import { eraseRows, finishErasing } from "./erase.ts";
import { informationOf } from "./information.ts";
import { parseCursor, takePart } from "./parts.ts";
import { keptAnswer, type Performed, perform } from "./perform.ts";

export type Answering = {
  readonly store: Store;
  /** On which the broker is told to erase; null where it can't be reached. */
  readonly nats: NatsConnection | null;
  readonly identity: CollectorIdentity;
  readonly guard: Guarding;
  readonly contract: Contract;
  readonly operator: Operator;
  readonly retention: Retention;
  readonly now: () => Date;
  readonly signal: AbortSignal;
};

/** What an installation may ask in a day, erasing everything and the further parts of long answers aside. */
const PER_DAY = 256;
const DAY_SECONDS = 86_400;

type Request<Action extends RightsRequestV1["action"]> = Extract<RightsRequestV1, { action: Action }>;
type Reading = Request<"access" | "export">;

/** The answer, or the rule by which there is none. Errors of SQLite are thrown as they are. */
export async function answerOf(answering: Answering, asked: Asked): Promise<RightsAnswerV1 | RightsRefusal> {
  const { store, contract, now } = answering;
  const { request, publicKey, digest } = asked;
  const at = now();
  const kept = keptAnswer(store.reader, digest);
  if (kept !== null) return kept;
  const erased = store.reader.erased(publicKey);
  if (erased !== null)
    return { ...head(answering, asked, at), state: "erased", erased_at: formatInstant(dateOf(erased.at)) };
  const known = store.reader.rights.find(publicKey);
  const isOver = (): boolean =>
    asked.by.via === "agent" &&
    known !== undefined &&
    store.reader.rights.since(known.id, seconds(at) - DAY_SECONDS) >= PER_DAY;
  if (request.action === "erase")
    return request.what !== "everything" && isOver() ? "busy" : erase(answering, asked, request, at);
  if (request.action === "access" || request.action === "export") {
    if (known === undefined) return { ...head(answering, asked, at), state: "unknown" };
    if (request.continues === undefined && store.reader.rights.answered(digest) === undefined && isOver())
      return "busy";
    return read(answering, asked, request, { installation: request.installation, ...known }, at);
  }
  if (isOver()) return "busy";
  return perform({ ...answering, parse: contract.parse, now: at }, asked, request, (performed) =>
    completed(head(answering, asked, at), performed),
  );
}

type Head = {
  readonly at: string;
  readonly collector: string;
  readonly installation: string;
  readonly operator: Operator;
  readonly request: string;
  readonly action: RightsRequestV1["action"];
};

function head({ identity, operator }: Answering, { request, digest }: Asked, at: Date): Head {
  return {
    action: request.action,
    at: formatInstant(at),
    collector: identity.id,
    installation: request.installation,
    operator,
    request: digest.toString("hex"),
  };
}

/** The schema says which parts belong to which action: what is put together wrongly is never signed. */
function completed(said: Head, performed: Performed): RightsAnswerV1 {
  return { ...said, ...performed } as RightsAnswerV1;
}

function read(
  answering: Answering,
  asked: Asked,
  request: Reading,
  whose: Read,
  now: Date,
): RightsAnswerV1 | RightsRefusal {
  const { store } = answering;
  const { continues } = request;
  const from = continues === undefined ? null : parseCursor(continues.cursor);
  if (continues !== undefined && from === null) return "request";
  // The same request is answered as of when it first came; its own row isn't among what it shows.
  const at = continues === undefined ? dateOf(receivedAt(store, asked, whose.id, seconds(now))) : now;
  const said = head(answering, asked, at);
  const information =
    request.action === "export" || continues !== undefined ? null : informationFor(answering, whose);
  const taken = information === null ? 0 : Buffer.byteLength(JSON.stringify(information));
  const { items, next } = takePart(dataOf(store, whose, from), taken);
  const part = { number: continues?.part ?? 1, next };
  if (request.action === "export")
    return { ...said, action: "export", state: "done", part, items: [...items] };
  return {
    ...said,
    action: "access",
    state: "done",
    part,
    ...(information === null ? {} : { information }),
    items: [...items],
  };
}

type Read = { readonly installation: string; readonly id: number; readonly first_seen: number };

function informationFor(
  { store, contract, retention }: Answering,
  { id, first_seen }: Read,
): RightsInformation {
  const { rights } = store.reader;
  const times = store.reader.retention.exceptions().find(({ installation }) => installation === id);
  return informationOf(contract, retentionFor(retention, times), {
    firstSeen: first_seen,
    consents: rights.consents(id),
    disclosures: rights.disclosures(id),
    wishes: rights.wishes(id),
  });
}

/** Records that it was asked; when, where it was recorded before. */
function receivedAt(store: Store, asked: Asked, installation: number, at: number): number {
  return store.transaction(({ rights }) => {
    const before = rights.answered(asked.digest);
    if (before !== undefined) return before.at;
    const { action } = asked.request;
    const id = rights.receive(rowOf(asked, installation, at));
    rights.answer(id, at, "done", null);
    rights.note({ at, actor: actorOf(asked.by), action, detail: '{"state":"done"}' });
    return at;
  });
}

async function erase(
  answering: Answering,
  asked: Asked,
  request: Request<"erase">,
  at: Date,
): Promise<RightsAnswerV1 | RightsRefusal> {
  const { store, guard } = answering;
  const wanted = {
    publicKey: asked.publicKey,
    what: request.what,
    reports: request.reports ?? [],
    via: asked.by.via,
  };
  if (request.what === "reports" && request.reports === undefined) return "request";
  const { erased, admission } = store.transaction((ingest) => {
    const known = ingest.guard.find(asked.publicKey);
    // Nobody knows it, and yet something of it may be on its way: as for a first report, there is a rate.
    const admission = known === undefined ? guard.begin(ingest.guard, at) : null;
    if (admission?.enter(request.installation, known)) return { erased: null, admission };
    admission?.write();
    const erased = eraseRows(ingest, wanted, seconds(at));
    if (request.what === "everything") keepUnnamed(ingest, asked, seconds(at));
    return { erased, admission };
  });
  if (erased === null) return "busy";
  admission?.keep();
  const done = await finishErasing({ ...answering, subjects: answering.contract.subjects }, wanted, erased);
  const answer: RightsAnswerV1 = { ...head(answering, asked, at), action: "erase", state: "done", ...done };
  if (request.what !== "everything") keepErased(store, asked, answer, at);
  return answer;
}

/** Of an installation that is still there: the same request is answered the same. */
function keepErased(store: Store, asked: Asked, answer: RightsAnswerV1, at: Date): void {
  store.transaction(({ rights }) => {
    const known = rights.find(asked.publicKey);
    if (known === undefined || rights.answered(asked.digest) !== undefined) return;
    const id = rights.receive(rowOf(asked, known.id, seconds(at)));
    rights.answer(id, seconds(at), answer.state, canonicalBytes(answer));
  });
}

/** That an operator has erased everything of somebody, and nothing by which one could tell of whom. */
function keepUnnamed(ingest: Ingest, asked: Asked, at: number): void {
  const { by } = asked;
  if (by.via !== "operator") return;
  const evidence = ingest.seal(by.evidence);
  const id = ingest.rights.receive({ ...rowOf(asked, null, at), request: null, evidence });
  ingest.rights.answer(id, at, "done", null);
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function dateOf(at: number): Date {
  return new Date(at * 1000);
}
