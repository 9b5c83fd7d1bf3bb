import { describe, expect, test } from "vitest";
import { copyMessage, messageId } from "#agent/copy-message.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import { sha256 } from "#schemas/envelope.ts";
import { reportBytes } from "#schemas/report.ts";
import { ALIVE, fixture, sampleReport, TERMS, UNREACHABLE } from "./fixture.ts";

describe("copy", () => {
  test("copy - one for each new report, none for bytes sent again", async () => {
    await using made = await fixture({ copy: true });
    await made.agent().enable(TERMS, ALIVE);
    const first = await made.agent().send(ALIVE);
    await made.agent().send(ALIVE);
    expect(made.mailed).toHaveLength(1);
    expect(made.mailed[0]?.attachment.equals(first.report?.bytes ?? Buffer.alloc(0))).toBe(true);
    expect((await made.agent().status()).copies.pending).toBe(0);
  });

  test("copy - a mail server that is down never holds up the report, and is tried again", async () => {
    await using made = await fixture({ copy: true });
    await made.agent().enable(TERMS, ALIVE);
    made.world.mailServerDown = true;
    const result = await made.agent().send(ALIVE);
    expect(result).toMatchObject({ failure: null, settled: [{ state: "stored" }] });
    expect(result.copies.failure?.code).toBe("copy-failed");
    const { copies } = await made.agent().status();
    expect(copies).toMatchObject({ pending: 1, error: "copy-failed", failing_since: "2026-11-18T10:00:00Z" });
    made.world.mailServerDown = false;
    expect(await made.agent().round(false, ALIVE)).toMatchObject({ state: "idle" });
    made.world.now = new Date("2026-11-18T10:05:00Z");
    expect(await made.agent().round(false, ALIVE)).toMatchObject({ state: "sent" });
    expect(made.mailed).toHaveLength(1);
    expect(made.far.connections).toBe(1);
  });

  test("copy - a broker that is down never holds up the copy", async () => {
    await using made = await fixture({ copy: true });
    await made.agent().enable(TERMS, ALIVE);
    made.far.fault = { at: "connect", error: UNREACHABLE };
    const result = await made.agent().send(ALIVE);
    expect(result.copies).toEqual({ mailed: 1, failure: null });
    expect(result.failure?.code).toBe("broker-unreachable");
    made.far.fault = null;
    await made.agent().send(ALIVE);
    expect(made.mailed).toHaveLength(1);
  });

  test("message - stable id, automatic, how to stop it, no identity in the subject", () => {
    const installation = `U${"A".repeat(55)}`;
    const consent = { level: "full" as const, policy: 1, purposes: ["statistics" as const], scope: 1 };
    const report = sampleReport(
      { installation, period: "2026-W47", revision: 0, consent, agent: "0.1.0" },
      25,
    );
    const bytes = reportBytes(report);
    const hash = sha256(bytes).toString("hex");
    const options = {
      report,
      contract: BASE_CONTRACT,
      bytes,
      sha256: hash,
      to: "admin@mx.example",
      from: "admin@mx.example",
      madeAt: new Date(0),
    };
    const message = copyMessage(options);
    expect(message.messageId).toBe(copyMessage(options).messageId);
    expect(message.messageId).not.toBe(messageId(hash, "other@mx.example"));
    expect(message.subject).toBe("mailcensus: the report for week 2026-W47");
    expect(message.headers).toMatchObject({ "Auto-Submitted": "auto-generated" });
    for (const part of [message.text, message.html]) {
      expect(part).toContain(hash);
      expect(part).toContain("mailcensus agent disable");
      expect(part).toContain("[copy]");
      expect(part).toContain("mail.example");
    }
    expect(message.attachment.content.equals(bytes)).toBe(true);
  });
});
