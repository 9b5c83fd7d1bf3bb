/** What follows in the state folder from the collector's answer. Each step may be done twice. */
import { sha256 } from "#schemas/envelope.ts";
import { formatInstant } from "#schemas/period.ts";
import { parseRightsAnswer, type RightsAnswerV1, type RightsRequestV1 } from "#schemas/rights.ts";
import type { Binding } from "../binding.ts";
import type { HistoryMeta } from "../entry.ts";
import { readIdentity } from "../identity.ts";
import type { Workshop } from "../workshop.ts";
import { eraseHere, eraseReportsHere, finishErasing } from "./erase-here.ts";
import { type RequestEntry, requestOf } from "./requests.ts";

/** Ends what a crash left unfinished: call it first, under the lock. */
export async function recover(shop: Workshop): Promise<void> {
  await finishErasing(shop);
  for (const entry of await shop.requests.entries())
    if (entry.meta.answer !== null && !entry.meta.settled) await settleRequest(shop, entry);
}

async function settleRequest(shop: Workshop, entry: RequestEntry): Promise<void> {
  const request = requestOf(entry);
  const identity = await readIdentity(shop.paths);
  // Another collector's word says nothing of this one; nor does one about a key that was here before.
  const isHere = entry.meta.config === null && (identity === null || identity.id === request.installation);
  const receipt = entry.meta.answer?.receipt ?? null;
  const answer = receipt === null ? null : parseRightsAnswer(Buffer.from(receipt.text, "utf8"));
  if (isHere && answer !== null) await follow(shop, entry, request, answer);
  // An erasure may have taken the request itself away.
  const names = (await shop.requests.entries()).map(({ name }) => name);
  if (names.includes(entry.name)) await shop.requests.mark(entry, { settled: true });
}

async function follow(
  shop: Workshop,
  entry: RequestEntry,
  request: RightsRequestV1,
  answer: RightsAnswerV1,
): Promise<void> {
  if (answer.state === "erased") return eraseHere(shop, answer.erased_at);
  if (answer.state !== "done") return;
  if (request.action === "correct") return followCorrection(shop, entry, request);
  if (request.action === "withdraw") return dropConsents(shop, entry);
  if (request.action !== "erase") return;
  switch (request.what) {
    case "everything":
      return eraseHere(shop, answer.at);
    case "reports": {
      const hashes = new Set(request.reports);
      return eraseReportsHere(shop, ({ sha256: hash }) => hashes.has(hash));
    }
    case "wider": {
      const metas = await shop.history.metas();
      const spooled = await shop.spool.metas();
      const full = [...metas, ...spooled].filter(({ binding }) => binding.level === "full");
      // As the collector does: with all revisions of their weeks.
      const weeks = new Set(full.map(({ period }) => period));
      return eraseReportsHere(shop, ({ period }) => weeks.has(period));
    }
    default:
      return request.what satisfies never;
  }
}

/** Consents before it that still wait would end what was withdrawn. */
async function dropConsents({ requests }: Workshop, { name }: RequestEntry): Promise<void> {
  for (const entry of await requests.waiting())
    if (entry.meta.action === "consent" && entry.name < name) await requests.remove(entry);
}

/** The history has the revision, and counts it as a report that was made. */
async function followCorrection(
  { contract, history, ledger, options }: Workshop,
  { meta: { answer } }: RequestEntry,
  { report: { text, signature } }: Extract<RightsRequestV1, { action: "correct" }>,
): Promise<void> {
  const bytes = Buffer.from(text, "utf8");
  const parsed = contract.parse(bytes);
  if (!parsed.ok) return;
  const { period, revision, consent, agent, schema } = parsed.report;
  const hash = sha256(bytes).toString("hex");
  if ((await history.meta(period, revision))?.sha256 === hash) return;
  const { level, purposes, policy, scope = 1 } = consent;
  const binding: Binding = { period, level, purposes, policy, scope, schema, agent, settings: "" };
  const at = answer?.at ?? formatInstant(options.now());
  const meta: HistoryMeta = {
    version: 1,
    period,
    revision,
    sha256: hash,
    signature,
    binding,
    made_at: at,
    copy: "none",
    attempts: 1,
    offered_at: at,
    published_at: at,
    state: "stored",
    settled_at: at,
    receipt: null,
    rule: null,
    pointer: null,
    highest: null,
  };
  await ledger.made(meta, () => history.put(bytes, meta), "history");
  // The collector keeps only its hash and signature; so its receipt will say from now on.
  for (const older of await history.metas())
    if (older.period === period && older.revision < revision && older.state === "stored")
      await history.update({ ...older, state: "superseded" });
  options.log.info("agent.corrected");
}
