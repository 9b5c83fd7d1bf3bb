import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { TestSmtp } from "#support/smtp.ts";

/** More steps than a send has: the last ones end without a kill. */
const MOST_STEPS = 60;

describe("kill -9", () => {
  test("send - killed before and after each of its steps on the disk", { timeout: 600_000 }, async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await startChain(smtp.url);
    let killed = 0;
    for (let at = 1; at < MOST_STEPS; at += 0.5) {
      const before = smtp.messages.length;
      // An installation of its own for each.
      const state = chain.temp.file(`state-${at}`);
      const agent = chain.agent({ state });
      const send = ["agent", "send", "--config", chain.configFile, "--state", state];
      const { draft } = await agent.enable(TERMS, ALIVE);
      const env = { NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`, KILL_AT: String(at) };
      const first = await run(MAILCENSUS, send, env);
      const second = await run(MAILCENSUS, send);
      expect({ at, status: second.status, stderr: second.stderr }).toEqual({ at, status: 0, stderr: "" });
      expect(await agent.history()).toMatchObject([{ state: "stored", sha256: draft.sha256 }]);
      expect(await agent.status()).toMatchObject({
        spool: [],
        copies: { pending: 0 },
        trouble: null,
        ledger: { made: 1, receipted: { stored: 1 }, unaccounted: 0 },
      });
      const mails = smtp.messages.slice(before);
      const ids = await Promise.all(mails.map(async ({ raw }) => (await simpleParser(raw)).messageId));
      expect(mails.length).toBeGreaterThan(0);
      expect(mails.length).toBeLessThan(3);
      expect(new Set(ids).size).toBe(1);
      if (first.status !== null) break;
      killed += 1;
      expect(await chain.counts()).toEqual({ reports: killed, conflicts: 0 });
    }
    expect(killed).toBeGreaterThan(20);
  });
});
