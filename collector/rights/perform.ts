/** Does what a rights request asks, in one transaction, and says what it did. */
import { canonicalBytes } from "#schemas/canonical.ts";
import { decodeSignature, sha256, verifyDigest } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { parsePeriod } from "#schemas/period.ts";
import type { Parsed, ParseReport } from "#schemas/report.ts";
import { parseRightsAnswer, type RightsAnswerV1, type RightsRequestV1 } from "#schemas/rights.ts";
import type { Standing } from "../decide.ts";
import type { Admitting, Guarding } from "../guard.ts";
import { countedOf } from "../store/current.ts";
import { packReport } from "../store/encode.ts";
import type { Ingest, Store } from "../store/index.ts";
import type { RightsReader } from "../store/rights.ts";
import { type Asked, actorOf, rowOf } from "./asked.ts";

/** What came of it: the part of the answer that the action makes. */
export type Performed =
  | { readonly state: "done"; readonly report: { sha256: string; period: string; revision: number } }
  | { readonly state: "done"; readonly objects: boolean }
  | { readonly state: "done"; readonly outcomes: ImportOutcome[] }
  | { readonly state: "done" }
  | { readonly state: "refused"; readonly rule: string; readonly pointer: string }
  | { readonly state: "unknown" };

export type ImportOutcome = Extract<RightsAnswerV1, { action: "import"; state: "done" }>["outcomes"][number];

export type Performing = {
  readonly store: Store;
  readonly guard: Guarding;
  readonly parse: ParseReport;
  readonly now: Date;
};

type Short = Extract<RightsRequestV1, { action: "correct" | "object" | "withdraw" | "consent" | "import" }>;

/** Nobody agrees so often; all of them stand in one part of an answer. */
const MOST_CONSENTS = 256;

/** What the guard put off is no answer: the same request is done when it comes again. */
const PUT_OFF: ReadonlySet<string> = new Set(["budget", "new-installations", "not-allowed", "space"]);

/**
 * All actions but those that read, and `erase`; the answer is kept beside the deed. Durable when it
 * returns. Errors of SQLite are thrown as they are.
 *
 * @param answerOf the whole answer that says what was done
 */
export function perform(
  performing: Performing,
  asked: Asked,
  request: Short,
  answerOf: (performed: Performed) => RightsAnswerV1,
): RightsAnswerV1 | "busy" {
  const { store, guard, now } = performing;
  const at = seconds(now);
  const { answer, admission } = store.transaction((ingest) => {
    const kept = keptAnswer(ingest, asked.digest);
    if (kept !== null) return { answer: kept, admission: null };
    const admission = guard.begin(ingest.guard, now);
    const known = ingest.guard.find(asked.publicKey);
    const performed = performOne(performing, ingest, admission, { asked, request, known, at });
    admission.write();
    const answer = answerOf(performed);
    if (answer.state === "refused" && PUT_OFF.has(answer.rule)) return { answer: "busy" as const, admission };
    const installation = ingest.guard.find(asked.publicKey);
    if (installation !== undefined) {
      const id = ingest.rights.receive(rowOf(asked, installation, at));
      ingest.rights.answer(id, at, answer.state, canonicalBytes(answer));
      const rule = answer.state === "refused" ? { rule: answer.rule } : {};
      const detail = JSON.stringify({ state: answer.state, ...rule });
      ingest.rights.note({ at, actor: actorOf(asked.by), action: request.action, detail });
    }
    return { answer, admission };
  });
  admission?.keep();
  return answer;
}

/** What the same request was answered before; null where nothing was. */
export function keptAnswer(
  { rights }: { readonly rights: RightsReader },
  digest: Buffer,
): RightsAnswerV1 | null {
  const kept = rights.answered(digest)?.kept ?? null;
  return kept === null ? null : parseRightsAnswer(kept);
}

type One = {
  readonly asked: Asked;
  readonly request: Short;
  readonly known: number | undefined;
  readonly at: number;
};

function performOne(
  performing: Performing,
  ingest: Ingest,
  admission: Admitting,
  { asked, request, known, at }: One,
): Performed {
  if (request.action === "import") {
    const refused = known === undefined ? admission.enter(request.installation, known) : null;
    if (refused !== null) return { state: "refused", rule: refused.reason, pointer: "" };
    const installation = known ?? ingest.installation(asked.publicKey, at);
    const outcomes = request.reports.map((report) =>
      outcomeOf(
        takeReport(performing, ingest, admission, { asked, report, installation, at, isKnown: false }),
      ),
    );
    return { state: "done", outcomes };
  }
  if (known === undefined) return { state: "unknown" };
  switch (request.action) {
    case "correct": {
      const { report } = request;
      const taken = takeReport(performing, ingest, admission, {
        asked,
        report,
        installation: known,
        at,
        isKnown: true,
      });
      return taken.isThere
        ? { state: "done", report: taken.report }
        : { state: "refused", rule: taken.rule, pointer: taken.pointer };
    }
    case "object":
      ingest.rights.object(known, request.objects ? at : null);
      return { state: "done", objects: request.objects };
    case "withdraw":
      ingest.rights.withdraw(known, at);
      return { state: "done" };
    case "consent":
      if (ingest.rights.consents(known).length >= MOST_CONSENTS)
        return { state: "refused", rule: "consents", pointer: "" };
      // A new consent ends what was withdrawn before it.
      ingest.rights.withdraw(known, null);
      ingest.rights.agree(known, {
        since: seconds(new Date(request.since)),
        recorded_at: at,
        level: request.level === "full" ? 1 : 0,
        purposes: request.purposes.reduce((sum, purpose) => sum | (purpose === "offers" ? 2 : 1), 0),
        policy: request.policy,
        scope: request.scope,
        policy_sha256: request.policy_sha256 === null ? null : Buffer.from(request.policy_sha256, "hex"),
        request: Buffer.from(asked.bytes),
        signature: asked.signature,
      });
      return { state: "done" };
    default:
      return request satisfies never;
  }
}

/** What became of a report that a request holds. */
type Taken = { readonly sha256: string } & (
  | {
      readonly isThere: true;
      readonly outcome: "stored" | "duplicate";
      readonly report: { sha256: string; period: string; revision: number };
    }
  | {
      readonly isThere: false;
      readonly outcome: "superseded" | "conflict" | "erased" | "refused";
      readonly rule: string;
      readonly pointer: string;
    }
);

type Carried = {
  readonly asked: Asked;
  readonly report: { readonly text: string; readonly signature: string };
  readonly installation: number;
  readonly at: number;
  /** Whether only a period that is stored may be given another revision. */
  readonly isKnown: boolean;
};

/** As a report that comes by the stream, but of any period. */
function takeReport(
  { store, parse }: Performing,
  ingest: Ingest,
  admission: Admitting,
  { asked, report: { text, signature: signed }, installation, at, isKnown }: Carried,
): Taken {
  const bytes = Buffer.from(text, "utf8");
  const digest = sha256(bytes);
  const hash = digest.toString("hex");
  const no = (outcome: (Taken & { isThere: false })["outcome"], rule: string, pointer = ""): Taken => ({
    isThere: false,
    outcome,
    sha256: hash,
    rule,
    pointer,
  });
  const refuse = (rule: string, pointer = ""): Taken => no("refused", rule, pointer);
  const id = asked.request.installation;
  const key = publicKeyOf(id);
  const signature = decodeSignature(signed);
  if (key === null || signature === null || !verifyDigest("report", digest, signature, key))
    return refuse("signature");
  const parsed: Parsed = parse(bytes);
  if (!parsed.ok) return refuse(parsed.rule, parsed.pointer);
  const { report } = parsed;
  const period = parsePeriod(report.period);
  if (report.installation !== id) return refuse("installation", "/installation");
  if (period === null) return refuse("period", "/period");
  if (ingest.erased(asked.publicKey, digest) !== null) return no("erased", "erased");
  const standing = standingOf(store, ingest, { id, installation, period });
  const head = { sha256: hash, period: report.period, revision: report.revision };
  const same = standing.find(({ revision }) => revision === report.revision);
  if (same !== undefined)
    return Buffer.compare(same.sha256, digest) === 0
      ? { isThere: true, outcome: "duplicate", sha256: hash, report: head }
      : no("conflict", "conflict", "/revision");
  if (isKnown && standing.length === 0) return refuse("not-stored", "/period");
  if (standing.some(({ revision }) => revision > report.revision))
    return no("superseded", "superseded", "/revision");
  const over = admission.spend(installation, "stored", bytes.length);
  if (over !== null) return refuse(over.reason);
  const kept = { installation, period, report, sha256: digest, signature };
  ingest.store(kept, { bytes: packReport(bytes, parsed), counted: countedOf(report) }, at);
  store.archive.supersede(id, period, report.revision);
  return { isThere: true, outcome: "stored", sha256: hash, report: head };
}

/** All revisions of a period, wherever they are. */
function standingOf(
  { archive }: Store,
  ingest: Ingest,
  { id, installation, period }: { id: string; installation: number; period: number },
): readonly Standing[] {
  const archived = archive
    .standing(id, period)
    .map(({ revision, sha256: hash }) => ({ revision, sha256: Buffer.from(hash, "hex") }));
  return [...ingest.standing(installation, period), ...archived];
}

function outcomeOf(taken: Taken): ImportOutcome {
  const { sha256: hash, outcome } = taken;
  return taken.isThere
    ? { sha256: hash, outcome }
    : { sha256: hash, outcome, rule: taken.rule, pointer: taken.pointer };
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
