import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConsent, writeConsent } from "#agent/consent.ts";
import type { ServiceAnswer } from "#agent/publisher.ts";
import { checkDocument, keysOfHeader } from "#agent/rights/check-signed.ts";
import { documentOf } from "#agent/rights/export-format.ts";
import { batchesOf } from "#agent/rights/transfer.ts";
import { accessLines } from "#agent/rights/words.ts";
import { canonicalBytes } from "#schemas/canonical.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { encodeSignature, sha256, signDigest } from "#schemas/envelope.ts";
import { csvText, type DataDocument } from "#schemas/export.ts";
import { chainHeader, signLink } from "#schemas/key-chain.ts";
import { identityFrom } from "#schemas/nkey.ts";
import { parseRightsRequest, type RightsRequestV1 } from "#schemas/rights.ts";
import { TEST_OPERATOR } from "#support/operator.ts";
import { ALIVE, COLLECTOR, type Fixture, fixture, NOW, seeded, TERMS, UNREACHABLE } from "./fixture.ts";

type Said = Record<string, unknown>;

/** An answer as the collector signs it, before and after a test has changed it. */
function signed(
  question: Uint8Array,
  said: (request: RightsRequestV1) => Said,
  key = COLLECTOR.privateKey,
): ServiceAnswer {
  const request = parseRightsRequest(question);
  if (request === null) throw new Error("not a request");
  const head = {
    action: request.action,
    at: "2026-11-18T10:00:01Z",
    collector: COLLECTOR.id,
    installation: request.installation,
    operator: TEST_OPERATOR,
    request: sha256(question).toString("hex"),
    state: "done",
  };
  // Also what no collector says, which `signRightsAnswer` wouldn't sign.
  const bytes = canonicalBytes({ ...head, ...said(request) });
  const signature = signDigest("receipt", sha256(bytes), key);
  return { refused: null, bytes, signature: encodeSignature(signature), keys: "" };
}

const INFORMATION = {
  categories: [],
  consents: [],
  disclosures: [
    { at: "2026-11-01T00:00:00Z", recipient: "a court", basis: "requested by law", what: "all reports" },
  ],
  first_seen: null,
  legal_basis: "consent",
  objected_at: null,
  purposes: [],
  retention: [],
  rights: [],
  withdrawn_at: null,
};

/** A long answer in so many parts. */
function inParts(count: number, twist: (number: number) => Said = () => ({})) {
  return (request: RightsRequestV1): Said => {
    const number = "continues" in request && request.continues !== undefined ? request.continues.part : 1;
    const next = number === count ? null : `store.${number}.0`;
    return {
      ...(number === 1 && request.action === "access" ? { information: INFORMATION } : {}),
      part: { number, next },
      items: [
        {
          kind: "conflict",
          sha256: "0".repeat(64),
          period: "2026-W40",
          revision: number,
          at: "2026-10-01T00:00:00Z",
        },
      ],
      ...twist(number),
    };
  };
}

async function enabled(): Promise<Fixture> {
  const made = await fixture();
  await made.agent().enable(TERMS, ALIVE);
  return made;
}

describe("rights", () => {
  test("long answer - each part is asked for by the cursor of the one before, signed, and all are kept as proof", async () => {
    await using made = await enabled();
    made.far.rights = (question) => signed(question, inParts(3));
    const { answered, failure } = await made.agent().rights.access(ALIVE);
    expect(failure).toBeNull();
    expect(answered?.long.map(({ part }) => part.number)).toEqual([1, 2, 3]);
    const asked = made.far.rightsAsked.map((text) => JSON.parse(text));
    // The consent that waits is asked first.
    const [, first, ...further] = asked;
    const hash = sha256(Buffer.from(made.far.rightsAsked[1] ?? "")).toString("hex");
    expect(first.continues).toBeUndefined();
    expect(further.map(({ continues }) => continues)).toEqual([
      { request: hash, part: 2, cursor: "store.1.0" },
      { request: hash, part: 3, cursor: "store.2.0" },
    ]);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
    const [, kept] = await made.agent().rights.list();
    expect(kept?.answer).toMatchObject({ state: "done", receipt: null, information: INFORMATION });
    expect(kept?.answer?.parts).toHaveLength(3);
    expect((await made.agent().verify(null)).ok).toBe(true);
  });

  test.each<[string, (number: number) => Said]>([
    ["a part is left out", (number) => (number === 2 ? { part: { number: 3, next: null } } : {})],
    ["a part comes twice", (number) => (number === 3 ? { part: { number: 2, next: null } } : {})],
    ["a cursor comes twice", (number) => (number === 2 ? { part: { number: 2, next: "store.1.0" } } : {})],
    ["the first is a later one", (number) => (number === 1 ? { part: { number: 2, next: null } } : {})],
  ])("long answer - not believed where %s", async (_, twist) => {
    await using made = await enabled();
    made.far.rights = (question) => signed(question, inParts(3, twist));
    const { answered, failure } = await made.agent().rights.exportData(ALIVE);
    expect(answered).toBeNull();
    expect(failure).toMatchObject({ code: "receipt-forged", message: expect.stringContaining("in order") });
    expect((await made.agent().status()).requests.at(-1)).toMatchObject({
      action: "export",
      code: "receipt-forged",
    });
  });

  test.each<[string, (question: Uint8Array) => ServiceAnswer]>([
    ["another key's", (question) => signed(question, () => ({}), identityFrom(seeded("other")).privateKey)],
    ["to another request", (question) => signed(question, () => ({ request: "0".repeat(64) }))],
    [
      "another installation's",
      (question) => signed(question, () => ({ installation: identityFrom(seeded("other")).id })),
    ],
    ["to another action", (question) => signed(question, () => ({ action: "consent" }))],
    [
      "with a letter changed",
      (question) => {
        const answer = signed(question, () => ({}));
        if (answer.refused !== null) return answer;
        return { ...answer, bytes: Buffer.from(answer.bytes.toString().replace("10:00:01", "10:00:02")) };
      },
    ],
    [
      "without a signature",
      (question) => ({ ...signed(question, () => ({})), signature: "" }) as ServiceAnswer,
    ],
  ])("answer - %s is not believed, and nothing follows from it", async (_, rights) => {
    await using made = await enabled();
    made.far.rights = rights;
    const { disabled, asked } = await made.agent().rights.withdraw(ALIVE);
    expect(disabled.pending).toBe(false);
    expect(asked).toMatchObject({ answered: null, failure: { code: "receipt-forged" } });
    expect((await made.agent().status()).requests).toMatchObject([{ action: "withdraw", attempts: 1 }]);
  });

  test("answer - a forged erasure deletes nothing", async () => {
    await using made = await enabled();
    await made.agent().send(ALIVE);
    const forger = identityFrom(seeded("other")).privateKey;
    const erased = () => ({ state: "erased", erased_at: "2026-11-18T10:00:00Z" });
    made.far.rights = (question) => signed(question, erased, forger);
    const { failure } = await made.agent().rights.access(ALIVE);
    expect(failure?.code).toBe("receipt-forged");
    expect(await made.agent().history()).toMatchObject([{ state: "stored" }]);
    expect((await made.agent().status()).installation).not.toBeNull();
    // The collector's own does.
    made.far.rights = (question) => signed(question, erased);
    await made.agent().rights.access(ALIVE);
    expect(await made.agent().history()).toEqual([]);
    expect((await made.agent().status()).installation).toBeNull();
  });

  test.each([
    ["busy", "answer-missing"],
    ["unavailable", "answer-missing"],
    ["collector", "right-refused"],
    ["stale", "right-refused"],
    ["<script>", "right-refused"],
  ])("refusal - by rule %s is told, and the request stays", async (rule, code) => {
    await using made = await enabled();
    made.far.rights = () => ({ refused: rule });
    const { failure } = await made.agent().rights.object(true, ALIVE);
    expect(failure?.code).toBe(code);
    expect(failure?.message).not.toContain("<script>");
    const [, waiting] = await made.agent().rights.list();
    expect(waiting).toMatchObject({ answer: null, failure: { code } });
  });

  test("again - the same wish is the same bytes until it is answered, and then another request", async () => {
    await using made = await enabled();
    await made.agent().rights.object(true, ALIVE);
    await made.agent().rights.object(true, ALIVE);
    const objections = () => made.far.rightsAsked.filter((text) => text.includes('"object"'));
    expect(objections()).toHaveLength(2);
    expect(new Set(objections()).size).toBe(1);
    made.far.rights = (question) =>
      signed(question, ({ action }) => (action === "object" ? { objects: true } : {}));
    await made.agent().rights.retry(ALIVE);
    expect(new Set(objections()).size).toBe(1);
    made.world.now = new Date(NOW.getTime() + 1_000);
    await made.agent().rights.object(true, ALIVE);
    expect(new Set(objections()).size).toBe(2);
  });

  test("again - what its own bytes say was refused is made anew, and not asked for ever", async () => {
    await using made = await enabled();
    made.far.rights = () => ({ refused: "future" });
    const first = await made.agent().rights.object(true, ALIVE);
    made.world.now = new Date(NOW.getTime() + 1_000);
    made.far.rights = (question) =>
      signed(question, ({ action }) => (action === "object" ? { objects: true } : {}));
    const second = await made.agent().rights.object(true, ALIVE);
    expect(second.answered?.answer.state).toBe("done");
    const hashes = (await made.agent().rights.list()).map(({ sha256: hash }) => hash);
    expect(hashes).toContain(second.entry.meta.sha256);
    expect(hashes).not.toContain(first.entry.meta.sha256);
  });

  test("verify - receipts and answers of former keys are proved, also once the newest one is pinned", async () => {
    await using made = await enabled();
    made.far.rights = (question) => signed(question, inParts(1));
    await made.agent().send(ALIVE);
    await made.agent().rights.exportData(ALIVE);
    const next = identityFrom(seeded("next collector"));
    const link = { from: COLLECTOR.id, to: next.id, at: "2026-11-18T10:00:00Z" };
    const keys = chainHeader([signLink(link, COLLECTOR.privateKey)]);
    made.far.collector = next;
    made.far.keys = keys;
    const answer = (question: Uint8Array) => signed(question, inParts(1), next.privateKey);
    made.far.rights = (question) => ({ ...answer(question), keys }) as ServiceAnswer;
    const later = await made.agent().rights.access(ALIVE);
    expect(later.failure).toBeNull();
    expect((await made.agent().verify(null)).ok).toBe(true);
    const pinned = made.agent({ collector: next.id });
    expect(await pinned.verify(null)).toMatchObject({ ok: true });
    // A key that nobody vouched for.
    const other = made.agent({ collector: identityFrom(seeded("other")).id });
    expect((await other.verify(null)).ok).toBe(false);
  });

  test("verify - a key that changes between two parts: the file brings the way from the one to the other", async () => {
    await using made = await enabled();
    const next = identityFrom(seeded("next collector"));
    const link = { from: COLLECTOR.id, to: next.id, at: "2026-11-18T10:00:00Z" };
    const keys = chainHeader([signLink(link, COLLECTOR.privateKey)]);
    made.far.rights = (question) =>
      Buffer.from(question).includes('"continues"')
        ? ({ ...signed(question, inParts(2), next.privateKey), keys } as ServiceAnswer)
        : signed(question, inParts(2));
    const { answered } = await made.agent().rights.exportData(ALIVE);
    const document = answered === null ? null : documentOf(answered);
    const findings = checkDocument(document, (header) => keysOfHeader(COLLECTOR.id, header));
    expect(findings?.[0]).toMatchObject({ subject: "the parts", fault: null });
  });

  test("verify - a changed letter in what is kept is seen, wherever it is", async () => {
    await using made = await enabled();
    await made.agent().send(ALIVE);
    made.far.rights = (question) =>
      signed(question, ({ action }) => (action === "object" ? { objects: true } : {}));
    await made.agent().rights.object(true, ALIVE);
    expect((await made.agent().verify(null)).ok).toBe(true);
    const folder = made.temp.file("state");
    for (const [name, from, to] of [
      ["history/2026-W47.r0.json", '"mailboxes":25', '"mailboxes":26'],
      ["history/2026-W47.r0.meta.json", "10:00:01", "10:00:02"],
      ["requests/000002.object.json", '"objects":true', '"objects":fals'],
      ["requests/000002.object.meta.json", '\\"objects\\":true', '\\"objects\\":false'],
    ] as const) {
      const path = join(folder, name);
      const text = await readFile(path, "utf8");
      expect(text).toContain(from);
      await writeFile(path, text.replace(from, to));
      expect(`${name} ${(await made.agent().verify(null)).ok}`).toBe(`${name} false`);
      await writeFile(path, text);
    }
    expect((await made.agent().verify(null)).ok).toBe(true);
  });

  test("order - what waits is asked first, and where it gets no answer it holds up no later wish", async () => {
    await using made = await enabled();
    await made.agent().send(ALIVE);
    await made.agent().rights.object(true, ALIVE);
    made.far.rights = (question) => {
      const { action } = parseRightsRequest(question) ?? {};
      if (action !== "withdraw") throw new MailcensusError("answer-missing", "Nobody answers.");
      return signed(question, () => ({}));
    };
    made.far.rightsAsked.length = 0;
    const { asked } = await made.agent().rights.withdraw(ALIVE);
    expect(asked?.answered?.answer).toMatchObject({ action: "withdraw", state: "done" });
    const actions = made.far.rightsAsked.map((text) => JSON.parse(text).action);
    expect(actions.at(-1)).toBe("withdraw");
    expect(actions.length).toBeGreaterThan(1);
  });

  test("move - requests and answers go along, and what waits is asked there with the same bytes", async () => {
    await using made = await enabled();
    made.far.rights = (question) =>
      signed(question, ({ action }) => (action === "consent" ? {} : { objects: 1 }));
    await made.agent().rights.object(true, ALIVE);
    const before = await made.agent().rights.list();
    expect(before).toMatchObject([{ answer: { state: "done" } }, { action: "object", answer: null }]);
    await made.agent().exportState(made.temp.file("export"));
    await expect(made.agent().rights.retry(ALIVE)).rejects.toMatchObject({ code: "not-enabled" });
    await rename(made.temp.file("state"), made.temp.file("there-before"));
    await made.agent().importState(made.temp.file("export"));
    expect(await made.agent().rights.list()).toEqual(before);
    made.far.rights = (question) => signed(question, () => ({ objects: true }));
    const [asked] = await made.agent().rights.retry(ALIVE);
    expect(asked).toMatchObject({ failure: null, entry: { meta: { sha256: before[1]?.sha256 } } });
    expect((await made.agent().verify(null)).ok).toBe(true);
  });

  test("disable - in the middle of a round: nothing that waits is asked any more", async () => {
    await using made = await enabled();
    const { paths } = made.agent();
    const connect = made.far.connect.bind(made.far);
    made.far.connect = async () => {
      const connection = await connect();
      const ask: typeof connection.ask = async (question, waitMs) => {
        const answer = await connection.ask(question, waitMs);
        const consent = await readConsent(paths);
        if (consent !== null && consent !== "damaged")
          await writeConsent(paths, { ...consent, level: "off" });
        return answer;
      };
      return { ...connection, ask };
    };
    const sent = await made.agent().send(ALIVE);
    expect(sent).toMatchObject({ settled: [{ state: "stored" }], requests: [] });
    expect(made.far.rightsAsked).toEqual([]);
  });

  test("schedule - a broker that is away isn't stormed for what waits", async () => {
    await using made = await enabled();
    await made.agent().send(ALIVE);
    await made.agent().rights.object(true, ALIVE);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    const before = made.far.connections;
    for (let minute = 0; minute < 24 * 60; minute += 10) {
      made.world.now = new Date(NOW.getTime() + minute * 60_000);
      await made.agent().round(false, ALIVE);
    }
    expect(made.far.connections - before).toBeGreaterThan(4);
    expect(made.far.connections - before).toBeLessThan(20);
    made.far.fault = null;
    made.far.rights = (question) =>
      signed(question, ({ action }) => (action === "object" ? { objects: true } : {}));
    made.world.now = new Date(NOW.getTime() + 2 * 86_400_000);
    await made.agent().round(false, ALIVE);
    expect((await made.agent().status()).requests).toEqual([]);
  });

  test("receipt - a report that was erased is dropped, in the spool and in the history, and never sent again", async () => {
    await using made = await enabled();
    const sent = await made.agent().send(ALIVE);
    const hash = sent.report?.sha256 ?? "";
    made.far.states.set(hash, { sha256: hash, state: "erased", what: "report", at: "2026-11-18T10:00:01Z" });
    const told = await made.agent().send(ALIVE);
    expect(told).toMatchObject({ published: [{}], settled: [{ state: "erased", sha256: hash }] });
    const after = await made.agent().send(ALIVE);
    expect(after).toMatchObject({ published: [], made: false, report: null, damaged: [], failure: null });
    expect(made.far.published).toHaveLength(2);
    expect(await made.agent().status()).toMatchObject({
      damaged: [],
      ledger: { made: 1, receipted: { erased: 1 }, unaccounted: 0 },
    });
    expect((await made.agent().verify(null)).ok).toBe(true);
  });

  test("transfer - batches fit into a message, and keep the order", () => {
    const report = (size: number) => ({ text: "x".repeat(size), signature: "s".repeat(86) });
    expect(batchesOf([])).toEqual([]);
    expect(batchesOf(Array.from({ length: 130 }, () => report(10))).map(({ length }) => length)).toEqual([
      64, 64, 2,
    ]);
    const large = batchesOf(Array.from({ length: 5 }, () => report(400_000)));
    expect(large.map(({ length }) => length)).toEqual([2, 2, 1]);
    for (const batch of large) expect(JSON.stringify(batch).length).toBeLessThan(900_100);
  });

  test("words - what comes from elsewhere doesn't steer the terminal", async () => {
    await using made = await enabled();
    const operator = { ...TEST_OPERATOR, name: "Evil \u001b[2J\u009b Ltd." };
    made.far.rights = (question) => signed(question, (request) => ({ ...inParts(1)(request), operator }));
    const { answered } = await made.agent().rights.access(ALIVE);
    const document = answered === null ? null : documentOf(answered);
    if (document === null) throw new Error("no data");
    const lines = accessLines(document).join("\n");
    expect(lines).toContain("all reports to a court (requested by law)");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
    expect(lines).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test("CSV - each leaf with its pointer, escaped; erased texts have none", () => {
    const text = JSON.stringify({ "a/b": [1, { "c~d": 'x,"y"' }], none: [], yes: true });
    const head = { kind: "report", sha256: "", signature: "", place: "store", stored_at: "" } as const;
    const document = {
      reports: [
        { ...head, period: "2026-W40", revision: 0, text },
        { ...head, period: "2026-W41", revision: 0, place: "superseded" },
      ],
    } as unknown as DataDocument;
    expect(csvText(document.reports).split("\r\n")).toEqual([
      "period,revision,pointer,value",
      "2026-W40,0,/a~1b/0,1",
      '2026-W40,0,/a~1b/1/c~0d,"x,""y"""',
      "2026-W40,0,/none,[]",
      "2026-W40,0,/yes,true",
      "",
    ]);
  });
});
