/** Publishes policies and notices as an operator does, beside a collector that runs. */
import { writeFile } from "node:fs/promises";
import { type Chain, startChain, type TestCollector } from "#support/chain.ts";
import type { TestSmtp } from "#support/smtp.ts";
import type { TempFolder } from "#support/temp.ts";
import { command } from "../integration/collector/command.ts";

export type Publishing = {
  policy(version: number, text: string, more?: { scope?: number; summary?: string }): Promise<void>;
  notice(text: string, about?: "breach" | "other"): Promise<void>;
};

/** Over `store.db` and `collector.key` of the folder. @param vendor the file of a vendor */
export async function publishing(folder: TempFolder, vendor?: string): Promise<Publishing> {
  const configFile = folder.file("operator.toml");
  const named = vendor === undefined ? "" : `[vendor]\nfile = "${vendor}"\n`;
  await writeFile(
    configFile,
    `${named}[collector]\nkey = "collector.key"\n[store]\nurl = "sqlite:store.db"\n`,
  );
  const file = folder.file("text.md");
  return {
    async policy(version, text, { scope = 1, summary = `Policy ${version} in a line.` } = {}) {
      await writeFile(file, text);
      const flags = {
        version: String(version),
        scope: String(scope),
        effective: "2027-01-01",
        summary,
      };
      await command("policy publish", { configFile, positionals: [file], flags });
    },
    async notice(text, about = "breach") {
      await writeFile(file, text);
      const flags = { about, summary: "Something has happened." };
      await command("policy notify", { configFile, positionals: [file], flags });
    },
  };
}

/** A chain whose admin is told at this server. */
export async function told(smtp: TestSmtp): Promise<Chain & { agentOf: Chain["agent"] }> {
  const chain = await startChain();
  const config = await chain.rewrite(
    (text) => `${text}\n[admin]\ncontact = "admin@mx.example"\nsmtp = "${smtp.url}"\n`,
  );
  const agentOf: Chain["agent"] = (changes) => chain.agent({ config, ...changes });
  return Object.defineProperties(
    { ...chain, agentOf },
    {
      collector: {
        get: () => chain.collector,
        set: (next: TestCollector) => {
          chain.collector = next;
        },
      },
    },
  );
}
