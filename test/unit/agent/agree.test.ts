/** A newer policy with a wider scope: what is new waits for the admin. */
import { describe, expect, test } from "vitest";
import type { CountReport } from "#agent/counting.ts";
import { newsOf } from "#agent/policies/news.ts";
import type { Policy } from "#agent/policy-version.ts";
import { withinCoverage } from "#schemas/dictionary/within.ts";
import { CONTRACT_TWO, withGroups } from "#support/release-two.ts";
import { ALIVE, fixture, sampleReport, TERMS } from "./fixture.ts";

const TWO: Policy = { version: 2, scope: 2 };
const AFTER = { contract: CONTRACT_TWO, policy: TWO } as const;

/** Counts all that release 2 has, and lets the filter decide. */
const countTwo: CountReport = async (head) => {
  const all = withGroups(sampleReport(head, 25), 3, head.consent.scope);
  return withinCoverage(all, CONTRACT_TWO.coverage(head.consent));
};

describe("agree", () => {
  test("policy - until the admin agrees, reports hold the old scope only, and status says what waits", async () => {
    await using made = await fixture({ ports: { count: countTwo } });
    // Agreed to when there was one policy and one scope.
    await made.agent({ contract: CONTRACT_TWO }).enable(TERMS, ALIVE);
    const upgraded = made.agent(AFTER);
    expect(await upgraded.status()).toMatchObject({ offered_policy: TWO, consent: { policy: 1, scope: 1 } });
    const before = await upgraded.preview({}, ALIVE);
    expect(before.report).toMatchObject({ schema: 2, consent: { policy: 1, scope: 1 } });
    expect(before.report.totals).not.toHaveProperty("groups");

    const offered = await upgraded.preview({ offered: true }, ALIVE);
    expect(offered.report).toMatchObject({ consent: { policy: 2, scope: 2 }, totals: { groups: 3 } });
    expect((await upgraded.preview({}, ALIVE)).sha256).toBe(before.sha256);

    await upgraded.enable(TERMS, ALIVE);
    const status = await upgraded.status();
    expect(status).toMatchObject({ offered_policy: null, consent: { policy: 2, scope: 2 } });
    const after = await upgraded.preview({}, ALIVE);
    expect(after.report).toMatchObject({ consent: { policy: 2, scope: 2 }, totals: { groups: 3 } });
  });

  test("policy - what is sent before the admin agrees holds nothing new; what waits under a wider scope isn't sent", async () => {
    await using made = await fixture({ ports: { count: countTwo } });
    await made.agent({ contract: CONTRACT_TWO }).enable(TERMS, ALIVE);
    await made.agent(AFTER).send(ALIVE);
    const [published] = made.far.published;
    const parsed = CONTRACT_TWO.parse(published?.bytes ?? new Uint8Array());
    expect(parsed).toMatchObject({ ok: true, report: { consent: { scope: 1 } } });
    expect(published?.bytes.toString()).not.toContain("groups");
  });

  test("news - what the newer policy adds, as the dictionary says it, within what was agreed to", () => {
    const agreed = { ...TERMS, policy: 1, scope: 1, policy_sha256: null, reason: "agreed" } as const;
    const lines = newsOf(CONTRACT_TWO, agreed, TWO).join("\n");
    expect(lines).toContain("Policy 2 is new; policy 1 is agreed to.");
    expect(lines).toContain("Groups (totals.groups)");
    expect(lines).not.toContain("Mailboxes (");
    expect(newsOf(CONTRACT_TWO, agreed, { version: 2, scope: 1 }).join("\n")).toContain("It adds nothing");
  });
});
