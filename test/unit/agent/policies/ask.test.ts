/** What the agent believes of an answer, and what it keeps. */
import type { KeyObject } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { ServiceAnswer } from "#agent/publisher.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { encodeSignature } from "#schemas/envelope.ts";
import { chainHeader, signLink } from "#schemas/key-chain.ts";
import { identityFrom } from "#schemas/nkey.ts";
import {
  type PolicyAnswerV1,
  type PolicyV1,
  parsePolicyQuestion,
  policyTextSha256,
  signPolicy,
  signPolicyAnswer,
} from "#schemas/policies.ts";
import { policySha256 } from "#support/policy-sha256.ts";
import { ALIVE, COLLECTOR, type FakeFar, fixture, seeded, TERMS } from "../fixture.ts";

const AT = "2026-11-18T10:00:01Z";
const OTHER = identityFrom(seeded("another collector"));

function policy(version: number, text = `# Policy ${version}\n`, scope = 1): PolicyV1 {
  return {
    kind: "policy",
    ...{ version, scope, text, summary: `What is new in ${version}.` },
    effective: "2026-12-01T00:00:00Z",
    published_at: AT,
    collector: COLLECTOR.id,
  };
}

function notice(number: number, published_at = AT): PolicyV1 {
  const said = { number, summary: `Notice ${number}.`, text: "What has happened.\n" };
  return { kind: "notice", about: "breach", ...said, published_at, collector: COLLECTOR.id };
}

type Signers = { readonly outer?: KeyObject; readonly inner?: KeyObject; readonly keys?: string };

/** A collector that has published these, whatever the agent has already. */
function serve(
  far: FakeFar,
  texts: readonly PolicyV1[],
  { outer = COLLECTOR.privateKey, inner = COLLECTOR.privateKey, keys = "" }: Signers = {},
  twist: (answer: PolicyAnswerV1) => PolicyAnswerV1 = (answer) => answer,
): void {
  far.policy = (question): ServiceAnswer => {
    const asked = parsePolicyQuestion(question);
    if (asked === null) throw new Error("not a question");
    const signed = (text: PolicyV1) => {
      const { bytes, signature } = signPolicy(text, inner);
      return { document: bytes.toString("utf8"), signature: encodeSignature(signature) };
    };
    const answer = {
      at: AT,
      installation: far.installation,
      nonce: asked.nonce,
      policies: texts.filter(({ kind }) => kind === "policy").map(signed),
      notices: texts.filter(({ kind }) => kind === "notice").map(signed),
    };
    const { bytes, signature } = signPolicyAnswer(twist(answer), outer);
    return { refused: null, bytes, signature: encodeSignature(signature), keys };
  };
}

describe("policy answers", () => {
  test("kept - what the pinned key signed, in the folder, with its hash; sending goes on as before", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    serve(made.far, [policy(2), notice(1)]);
    expect(await made.agent().send(ALIVE)).toMatchObject({ failure: null });
    const agent = made.agent();
    expect(await agent.policies()).toMatchObject({
      offered: { version: 2, from: "collector" },
      waits: true,
      notices: [{ number: 1, read_at: null }],
    });
    expect(await policySha256(agent.paths, 2)).toBe(policyTextSha256("# Policy 2\n"));
    expect(await policySha256(agent.paths, 1)).toBeNull();
    expect((await readdir(agent.paths.policies)).sort()).toEqual([
      "notice-000001.json",
      "notice-000001.meta.json",
      "policy-0002.json",
      "policy-0002.meta.json",
    ]);
  });

  test.each<[string, readonly PolicyV1[], Signers, ((answer: PolicyAnswerV1) => PolicyAnswerV1)?]>([
    ["an answer that another key signed", [policy(2)], { outer: OTHER.privateKey }],
    ["a policy inside that another key signed", [policy(2)], { inner: OTHER.privateKey }],
    ["a notice inside that another key signed", [notice(1)], { inner: OTHER.privateKey }],
    ["an answer to another question", [policy(2)], {}, (answer) => ({ ...answer, nonce: "0".repeat(32) })],
    [
      "an answer to another installation",
      [policy(2)],
      {},
      (answer) => ({ ...answer, installation: OTHER.id }),
    ],
    [
      "a policy where notices stand",
      [policy(2)],
      {},
      (answer) => ({ ...answer, policies: [], notices: answer.policies }),
    ],
    [
      "a sound policy beside a notice whose text was changed",
      [policy(2), notice(1)],
      {},
      (answer) => ({
        ...answer,
        notices: answer.notices.map((one) => ({
          ...one,
          document: one.document.replace("happened", "changed"),
        })),
      }),
    ],
  ])("forged - %s: nothing of it is kept, and reports go their way", async (_, texts, signers, twist) => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    serve(made.far, texts, signers, twist);
    expect(await made.agent().send(ALIVE)).toMatchObject({ failure: null, settled: [{ state: "stored" }] });
    expect(await readdir(made.agent().paths.policies)).toEqual([]);
    expect(made.far.called).toBe(1);
    // The control: the same texts, rightly signed.
    serve(made.far, texts);
    await made.agent().send(ALIVE);
    expect(await readdir(made.agent().paths.policies)).not.toEqual([]);
  });

  test("older - never back to a lower version, nor to another text of the same", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    serve(made.far, [policy(3)]);
    await made.agent().send(ALIVE);
    for (const other of [policy(2), policy(3, "# Another text\n")]) {
      serve(made.far, [other]);
      await made.agent().send(ALIVE);
    }
    const { offered, texts } = await made.agent().policies();
    expect(offered).toMatchObject({ version: 3, text: "# Policy 3\n" });
    expect(texts.map(({ version }) => version)).toEqual([3]);
  });

  test("key - a changed one is followed by its chain, and its former one is believed no more than a day", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    const link = signLink({ from: COLLECTOR.id, to: OTHER.id, at: AT }, COLLECTOR.privateKey);
    const keys = chainHeader([link]);
    serve(made.far, [policy(2)], { outer: OTHER.privateKey, inner: OTHER.privateKey, keys });
    await made.agent().send(ALIVE);
    expect(await made.agent().status()).toMatchObject({
      collector_key: { newest: OTHER.id },
      offered_policy: { version: 2 },
    });
    made.world.now = new Date(made.world.now.getTime() + 25 * 3_600_000);
    made.far.collector = OTHER;
    serve(made.far, [policy(3)]);
    await made.agent().send(ALIVE);
    expect(await made.agent().status()).toMatchObject({ offered_policy: { version: 2 } });
  });

  test("off and local - nothing is asked", async () => {
    await using made = await fixture();
    await made.agent().enable({ ...TERMS, level: "local" }, ALIVE);
    await made.agent().send(ALIVE);
    await made.agent().disable();
    await expect(made.agent().send(ALIVE)).rejects.toMatchObject({ code: "not-enabled" });
    await made.agent().round(true, ALIVE);
    expect(made.far.called).toBe(0);
  });

  test("off - in the middle of a round: nothing more is asked", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    let disabled: Promise<unknown> = Promise.resolve();
    serve(made.far, [notice(1)]);
    const { policy: answer } = made.far;
    made.far.policy = async (question) => {
      // Consent ends without waiting for the round.
      disabled = made.agent().disable();
      await expect.poll(async () => (await made.agent().terms()).effective.level).toBe("off");
      return answer(question);
    };
    await made.agent().send(ALIVE);
    await disabled;
    expect(made.far.called).toBe(1);
    // The control: as long as there is more and the agent is on, it asks on.
    await using other = await fixture();
    await other.agent().enable(TERMS, ALIVE);
    serve(other.far, [notice(1)]);
    await other.agent().send(ALIVE);
    expect(other.far.called).toBe(2);
  });

  test.each<[string, () => ServiceAnswer]>([
    ["refused", () => ({ refused: "busy" })],
    ["rubbish", () => ({ refused: null, bytes: Buffer.from("{"), signature: "x" })],
    [
      "nobody there",
      () => {
        throw new MailcensusError("answer-missing", "Nobody answers.");
      },
    ],
  ])("silent - %s: the report is sent, and no trouble is told", async (_, answer) => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.far.policy = answer;
    expect(await made.agent().send(ALIVE)).toMatchObject({ failure: null, settled: [{ state: "stored" }] });
    expect(await made.agent().status()).toMatchObject({ trouble: null, offered_policy: null });
  });

  test("notices - to a new installation those of long ago are no news, by the collector's clock", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    made.world.now = new Date("2031-01-01T00:00:00Z");
    serve(made.far, [notice(1, "2025-01-01T00:00:00Z"), notice(2)]);
    await made.agent().send(ALIVE);
    expect((await made.agent().status()).notices).toMatchObject([{ number: 2 }]);
  });

  test("damage - a text that isn't as it was written is fetched again, and told only once", async () => {
    await using made = await fixture();
    await made.agent().enable(TERMS, ALIVE);
    serve(made.far, [notice(1)]);
    await made.agent().send(ALIVE);
    expect(await made.agent().readNotices()).toBe(1);
    const file = `${made.agent().paths.policies}/notice-000001.json`;
    await writeFile(file, "{");
    expect((await made.agent().policies()).notices).toEqual([]);
    await made.agent().send(ALIVE);
    expect(await readFile(file, "utf8")).toContain("Notice 1.");
    expect((await made.agent().status()).notices).toEqual([]);
  });
});
