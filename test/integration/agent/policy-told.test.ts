/** The admin is told once, whatever dies. */
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { policySentences } from "#agent/policies/words.ts";
import { ALIVE, TERMS } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { publishing, told } from "#support/publishing.ts";
import { TestSmtp } from "#support/smtp.ts";
import { command } from "./command.ts";

describe("notices", () => {
  test("breach - mailed once across restarts and kills; in status until it is read", async () => {
    await using smtp = await TestSmtp.start();
    await using chain = await told(smtp);
    const operator = await publishing(chain.temp);
    await chain.agentOf().enable(TERMS, ALIVE);
    await chain.agentOf().send(ALIVE);
    await operator.notice("A disk was lost.\n");
    const configFile = chain.temp.file("changed.toml");
    // Its text is there without what is known of it; it was mailed and not marked so; it was marked.
    for (const [at, mails] of [
      [1.5, 0],
      [3, 1],
      // Here the first step removes what the kill before left.
      [2.5, 2],
    ]) {
      const env = {
        NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`,
        KILL_AT: String(at),
        KILL_IN: "/policies/",
      };
      const { status } = await run(MAILCENSUS, ["agent", "send", "--config", configFile], env);
      expect({ at, status, mails: smtp.messages.length }).toEqual({ at, status: null, mails });
    }
    expect(await chain.agentOf().send(ALIVE)).toMatchObject({ failure: null, told: { mailed: 0 } });
    // Once more only where the mark was lost, and then as the same message.
    expect(smtp.messages).toHaveLength(2);
    const ids = await Promise.all(smtp.messages.map(async ({ raw }) => (await simpleParser(raw)).messageId));
    expect(new Set(ids).size).toBe(1);
    const parsed = await simpleParser(smtp.messages[0]?.raw ?? "");
    expect(parsed.subject).toContain("breach 1");
    expect(parsed.text).toContain("A disk was lost.");

    expect(policySentences(await chain.agentOf().status()).join("\n")).toContain("Notice of a BREACH");
    expect((await command("notices", { configFile })).stdout).toContain("A disk was lost.");
    expect((await command("notices", { configFile, flags: { read: true } })).stdout).toContain("Read: 1.");
    expect(policySentences(await chain.agentOf().status())).toEqual([]);
    await chain.agentOf().send(ALIVE);
    expect(smtp.messages).toHaveLength(2);
  });
});
