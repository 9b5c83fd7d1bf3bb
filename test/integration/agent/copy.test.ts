import { createServer } from "node:net";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { sha256 } from "#schemas/envelope.ts";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { TestSmtp } from "#support/smtp.ts";

describe("copy", () => {
  test("copy - the attachment parsed back equals the bytes; the summary says what a copy must", async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await startChain(smtp.url);
    await chain.agent().enable(TERMS, ALIVE);
    const result = await chain.agent().send(ALIVE);
    expect(result.copies).toEqual({ mailed: 1, failure: null });
    const [mail] = smtp.messages;
    expect(mail?.to).toEqual(["admin@mx.example"]);
    const parsed = await simpleParser(mail?.raw ?? "");
    const [attachment] = parsed.attachments;
    expect(attachment).toMatchObject({
      filename: "report.json",
      contentType: "application/json",
      contentDisposition: "attachment",
    });
    expect(attachment?.content.equals(result.report?.bytes ?? Buffer.alloc(0))).toBe(true);
    const raw = mail?.raw.toString() ?? "";
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(raw).toMatch(/^List-Id: .*<reports\.mailcensus\.invalid>\r$/im);
    expect(raw).toContain("Content-Transfer-Encoding: base64");
    expect(parsed.subject).toMatch(/^mailcensus: the report for week \d{4}-W\d\d$/);
    const hash = sha256(attachment?.content ?? Buffer.alloc(0)).toString("hex");
    for (const part of [parsed.text, parsed.html]) {
      expect(part).toContain(hash);
      expect(part).toContain("mailcensus agent disable");
    }
    const { hostname } = await import("node:os");
    expect(raw).not.toContain(hostname());
  });

  test("copy - refused or down: the report goes its way, and the copy comes later, once, with the same id", async () => {
    const smtp = await TestSmtp.start();
    const { port } = smtp;
    await using chain = await startChain(smtp.url);
    await chain.agent().enable(TERMS, ALIVE);
    smtp.refusing = true;
    const refused = await chain.agent().send(ALIVE);
    expect(refused).toMatchObject({ failure: null, settled: [{ state: "stored" }], copies: { mailed: 0 } });
    expect(refused.copies.failure?.message).not.toContain("mx.example");
    await smtp[Symbol.asyncDispose]();
    const down = await chain.agent().send(ALIVE);
    expect(down).toMatchObject({ failure: null, copies: { mailed: 0, failure: { code: "copy-failed" } } });
    expect((await chain.agent().status()).copies).toMatchObject({ pending: 1, error: "copy-failed" });
    await using back = await TestSmtp.start(port);
    expect((await chain.agent().send(ALIVE)).copies).toEqual({ mailed: 1, failure: null });
    expect((await chain.agent().send(ALIVE)).copies).toEqual({ mailed: 0, failure: null });
    expect(back.messages).toHaveLength(1);
  });

  test("signal - ends a wait for a silent mail server within a moment, and leaves no socket", async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    const silent = createServer((socket) => {
      socket.on("close", () => closed.resolve());
      socket.on("error", () => undefined);
      stop.abort();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      const address = silent.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      await using chain = await startChain(`smtp://127.0.0.1:${port}`);
      await chain.agent().enable(TERMS, ALIVE);
      const began = performance.now();
      const { copies } = await chain.agent().send(stop.signal);
      await closed.promise;
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(copies.failure?.code).toBe("shutting-down");
      expect((await chain.agent().status()).copies).toMatchObject({ pending: 1, error: null });
    } finally {
      silent.close();
    }
  });

  test("copy - killed after the mail server took it: at most one repeat, the same message", async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await startChain(smtp.url);
    await chain.agent().enable(TERMS, ALIVE);
    await chain.broker.stop();
    // The broker is away, so that the copy's removal is the first unlink.
    const env = { NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`, KILL_AT: "unlink" };
    const killed = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile], env);
    expect(killed.status).toBeNull();
    expect(smtp.messages).toHaveLength(1);
    const after = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile]);
    expect(after.status).toBe(75);
    await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile]);
    expect(smtp.messages).toHaveLength(2);
    const ids = await Promise.all(smtp.messages.map(async ({ raw }) => (await simpleParser(raw)).messageId));
    expect(new Set(ids).size).toBe(1);
    const [first, second] = await Promise.all(smtp.messages.map(({ raw }) => simpleParser(raw)));
    expect(second?.attachments[0]?.content.equals(first?.attachments[0]?.content ?? Buffer.alloc(0))).toBe(
      true,
    );
    expect(second?.date).toEqual(first?.date);
  });
});
