import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { MAILCENSUS, run } from "#support/program.ts";
import { TestSmtp } from "#support/smtp.ts";
import { ALIVE, startChain, TERMS } from "./chain.ts";

/** More steps than a send has: the last ones end without a kill. */
const MOST_STEPS = 40;

describe("kill -9", () => {
  test("send - killed before and after each of its steps on the disk, in one week after another", {
    timeout: 600_000,
  }, async () => {
    await using smtp = await TestSmtp.start();
    let killed = 0;
    for (let at = 1; at < MOST_STEPS; at += 0.5) {
      await using chain = await startChain(smtp.url);
      const before = smtp.messages.length;
      const { draft } = await chain.agent().enable(TERMS, ALIVE);
      const env = { NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`, KILL_AT: String(at) };
      const first = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile], env);
      const second = await run(MAILCENSUS, ["agent", "send", "--config", chain.configFile]);
      expect({ at, status: second.status, stderr: second.stderr }).toEqual({ at, status: 0, stderr: "" });
      expect(await chain.agent().history()).toMatchObject([{ state: "stored", sha256: draft.sha256 }]);
      expect(await chain.agent().status()).toMatchObject({
        spool: [],
        copies: { pending: 0 },
        trouble: null,
      });
      expect(await chain.counts()).toEqual({ reports: 1, conflicts: 0 });
      const mails = smtp.messages.slice(before);
      const ids = await Promise.all(mails.map(async ({ raw }) => (await simpleParser(raw)).messageId));
      expect(mails.length).toBeGreaterThan(0);
      expect(mails.length).toBeLessThan(3);
      expect(new Set(ids).size).toBe(1);
      if (first.status !== null) break;
      killed += 1;
    }
    expect(killed).toBeGreaterThan(20);
  });
});
