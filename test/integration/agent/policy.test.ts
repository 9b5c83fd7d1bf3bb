/** A policy's way from the operator's command to the admin's mail and answer, over a real broker and collector. */
import { randomBytes } from "node:crypto";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import type { CountReport } from "#agent/counting.ts";
import { readCollectorIdentity, rotateCollectorIdentity } from "#collector/identity.ts";
import { openStore } from "#collector/store/index.ts";
import { withinCoverage } from "#schemas/dictionary/within.ts";
import { policyTextSha256, signPolicy } from "#schemas/policies.ts";
import { ALIVE, type Chain, SILENT, TERMS, TestCollector } from "#support/chain.ts";
import { policySha256 } from "#support/policy-sha256.ts";
import { publishing, told } from "#support/publishing.ts";
import { CONTRACT_TWO, withGroups } from "#support/release-two.ts";
import { TestSmtp } from "#support/smtp.ts";
import { sampleReport } from "../../unit/agent/fixture.ts";
import { command } from "./command.ts";

const OLD = "# Policy\n\nReports are kept for 3 years.\n\nThey are shown to nobody.\n";
const NEW = OLD.replace("3 years", "2 years");

describe("policy", () => {
  test("new - fetched, told once by mail and in status with what changes, and agreed to", async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await told(smtp);
    const operator = await publishing(chain.temp);
    await operator.policy(1, OLD);
    await chain.agentOf().enable(TERMS, ALIVE);
    await chain.agentOf().send(ALIVE);
    // The built-in policy had no text: this one is told, and asked for.
    expect(await chain.agentOf().status()).toMatchObject({ offered_policy: { version: 1, lines: null } });
    expect((await simpleParser(smtp.messages[0]?.raw ?? "")).text).toContain("Policy 1 has a text now");
    await chain.agentOf().enable(TERMS, ALIVE);
    expect(await chain.agentOf().status()).toMatchObject({
      offered_policy: null,
      consent: { policy: 1, policy_sha256: policyTextSha256(OLD) },
    });

    // The key changes between publishing and asking.
    await operator.policy(2, NEW, { summary: "Kept for a year less." });
    await chain.collector[Symbol.asyncDispose]();
    await rotateCollectorIdentity(chain.temp.file("collector.key"), randomBytes, new Date());
    chain.collector = await TestCollector.start(chain.broker, chain.temp.path);
    smtp.refusing = true;
    expect(await chain.agentOf().send(ALIVE)).toMatchObject({
      failure: null,
      told: { mailed: 0, failure: { code: "copy-failed" } },
    });
    expect((await chain.agentOf().status()).untold).toMatchObject({ pending: 1, error: "copy-failed" });
    smtp.refusing = false;
    for (let turn = 0; turn < 3; turn++) await chain.agentOf().send(ALIVE);
    expect(smtp.messages).toHaveLength(2);
    const [, mail] = smtp.messages;
    expect(mail).toMatchObject({ from: "admin@mx.example", to: ["admin@mx.example"] });
    const parsed = await simpleParser(mail?.raw ?? "");
    expect(parsed.subject).toBe("mailcensus: policy 2 waits for your answer");
    for (const said of [
      "Example Mail Ltd. publishes a new policy",
      "Kept for a year less.",
      "In effect from 2027-01-01T00:00:00Z on",
      "Policy 2 is new; policy 1 is agreed to.",
      "It adds nothing to the report.",
      "- Reports are kept for 3 years.",
      "+ Reports are kept for 2 years.",
      "mailcensus agent agree",
      "mailcensus agent disable",
    ])
      expect(parsed.text).toContain(said);
    expect(parsed.attachments.map(({ content }) => content.toString("utf8"))).toEqual([NEW]);

    const status = await command("status", { configFile: chain.temp.file("changed.toml") });
    for (const said of [
      "Policy 2 waits for you",
      "Kept for a year less.",
      "2027-01-01",
      "agree",
      "disable",
      "Lines of its text: 1 new, 1 gone",
    ])
      expect(status.stdout).toContain(said);
    expect((await chain.agentOf().preview({}, ALIVE)).report.consent.policy).toBe(1);

    await chain.agentOf().enable(TERMS, ALIVE);
    const agent = chain.agentOf();
    expect(await agent.status()).toMatchObject({ offered_policy: null, consent: { policy: 2 } });
    expect(await policySha256(agent.paths, 2)).toBe(policyTextSha256(NEW));
    await agent.send(ALIVE);
    expect(smtp.messages).toHaveLength(2);
  });

  test("scope - until the admin agrees, what arrives at the collector holds the old scope only", async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await told(smtp);
    await chain.collector[Symbol.asyncDispose]();
    chain.collector = await TestCollector.start(chain.broker, chain.temp.path, SILENT, CONTRACT_TWO);
    const late = () => new Date(Date.now() + 7 * 24 * 3_600_000);
    const countTwo: CountReport = async (head) => {
      const all = withGroups(sampleReport(head, 25), 3, head.consent.scope);
      return withinCoverage(all, CONTRACT_TWO.coverage(head.consent));
    };
    const agent = (now?: () => Date) =>
      chain.agentOf({
        contract: CONTRACT_TWO,
        ports: { count: countTwo },
        ...(now === undefined ? {} : { now }),
      });
    await agent().enable(TERMS, ALIVE);
    await publishWider(chain);
    await agent().send(ALIVE);
    expect(await agent().status()).toMatchObject({
      offered_policy: { version: 2, scope: 2, adds: ["totals.groups"] },
    });
    const parsed = await simpleParser(smtp.messages[0]?.raw ?? "");
    expect(parsed.text).toContain("Groups (totals.groups)");
    // A report made after it was told is as the one before.
    const before = await agent(late).preview({}, ALIVE);
    expect(before.report.consent).toMatchObject({ policy: 1, scope: 1 });
    expect(JSON.stringify(before.report)).not.toContain("groups");
    await agent(late).enable(TERMS, ALIVE);
    const after = await agent(late).preview({}, ALIVE);
    expect(after.report.consent).toMatchObject({ policy: 2, scope: 2 });
    expect(JSON.stringify(after.report)).toContain("groups");
  });

  test("moved - texts, and what the admin was told, go with the agent", async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await told(smtp);
    const operator = await publishing(chain.temp);
    await chain.agentOf().enable(TERMS, ALIVE);
    await operator.policy(2, NEW);
    await chain.agentOf().send(ALIVE);
    await chain.agentOf().exportState(chain.temp.file("moving"));
    const moved = chain.agentOf({ state: chain.temp.file("elsewhere") });
    await moved.importState(chain.temp.file("moving"));
    await moved.send(ALIVE);
    expect(await moved.status()).toMatchObject({
      offered_policy: { version: 2, mailed_at: expect.any(String) },
    });
    expect(smtp.messages).toHaveLength(1);
  });

  test("silent - whoever is off isn't told, and asks again once enabled; a mail server that is gone is patiently tried", async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await told(smtp);
    const operator = await publishing(chain.temp);
    await chain.agentOf().enable(TERMS, ALIVE);
    await chain.agentOf().send(ALIVE);
    await chain.agentOf().disable();
    await operator.policy(2, NEW);
    expect(await chain.agentOf().round(true, ALIVE)).toMatchObject({ state: "off" });
    expect(await chain.agentOf().status()).toMatchObject({ offered_policy: null, notices: [] });
    await chain.agentOf().enable(TERMS, ALIVE);
    smtp.refusing = true;
    await chain.agentOf().send(ALIVE);
    const { untold, next_send_at } = await chain.agentOf().status();
    expect(untold.pending).toBe(1);
    expect(Date.parse(next_send_at ?? "") - Date.now()).toBeLessThan(3_600_000);
    // The schedule looks again when the back-off ends, and tells without any report to send.
    smtp.refusing = false;
    const later = chain.agentOf({ now: () => new Date(Date.now() + 3_600_000) });
    await later.round(false, ALIVE);
    expect(smtp.messages).toHaveLength(1);
  });
});

/** A policy of a wider scope than the dictionary of the command line has. */
async function publishWider(chain: Chain): Promise<void> {
  const said = { version: 2, scope: 2, effective: "2027-01-01T00:00:00Z" } as const;
  const identity = await readCollectorIdentity(chain.temp.file("collector.key"));
  if (identity === null) throw new Error("the collector has no key");
  const document = {
    ...({ kind: "policy", ...said, summary: "Groups are counted too.", text: NEW } as const),
    published_at: "2026-11-18T10:00:00Z",
    collector: chain.collector.key,
  };
  const { bytes, signature } = signPolicy(document, identity.privateKey);
  await using store = await openStore(`sqlite:${chain.temp.file("store.db")}`);
  store.transaction(({ policies }) =>
    policies.publish({
      version: 2,
      scope: 2,
      effective: 0,
      published_at: 0,
      document: bytes.toString("utf8"),
      signature,
    }),
  );
}
