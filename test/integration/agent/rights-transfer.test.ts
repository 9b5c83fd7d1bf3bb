import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { sha256 } from "#schemas/envelope.ts";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { atTerminal } from "./at-terminal.ts";
import { countingDomains, reported, weeksAgo } from "./rights-support.ts";

describe("rights", () => {
  test("long answers - come in parts, each signed, all of them there; and go elsewhere in batches", async () => {
    await using chain = await startChain();
    await using other = await startChain();
    const weeks = 6;
    const ports = countingDomains(4_000);
    await chain.agent({ ports }).enable(TERMS, ALIVE);
    for (let ago = weeks - 1; ago >= 0; ago--)
      expect((await chain.agent({ now: weeksAgo(ago), ports }).send(ALIVE)).failure).toBeNull();
    const file = chain.temp.file("long.json");
    await atTerminal(chain.configFile, "rights export", { files: [file] });
    const { parts, reports } = JSON.parse(await readFile(file, "utf8"));
    expect(parts.length).toBeGreaterThan(weeks / 2);
    const history = await chain.agent().history();
    expect(reports.map((report: { sha256: string }) => report.sha256).sort()).toEqual(
      history.map(({ sha256: hash }) => hash).sort(),
    );
    for (const { sha256: hash, text } of reports)
      expect(sha256(Buffer.from(text)).toString("hex")).toBe(hash);
    expect((await atTerminal(chain.configFile, "verify", { files: [file] })).status).toBe(0);
    const moved = await chain.agent().rights.transfer(other.configFile, ALIVE);
    expect(moved.imported.length).toBeGreaterThan(1);
    expect(moved.outcomes.map(({ outcome }) => outcome)).toEqual(history.map(() => "stored"));
    expect(await other.counts()).toMatchObject({ reports: weeks });
  });

  test("transfer - another collector has the same bytes; here nothing has changed", async () => {
    await using chain = await startChain();
    await using other = await startChain();
    const history = await reported(chain, 3);
    const moved = await atTerminal(chain.configFile, "rights transfer", { flags: { to: other.configFile } });
    expect(moved).toMatchObject({ status: 0, stderr: "" });
    for (const { sha256: hash } of history) expect(moved.stdout).toContain(`${hash}  stored`);
    expect(await other.counts()).toMatchObject({ reports: 3 });
    expect(await chain.counts()).toMatchObject({ reports: 3 });
    const again = await atTerminal(chain.configFile, "rights transfer", { flags: { to: other.configFile } });
    expect(again.stdout).toContain("duplicate");
    expect(
      (await atTerminal(chain.configFile, "rights transfer", { flags: { to: chain.configFile } })).status,
    ).toBe(64);
    // The same key, there.
    const { config } = other;
    const state = chain.temp.file("state");
    const there = await chain.agent({ config, state }).rights.access(ALIVE);
    const items = there.answered?.long.flatMap((part) => part.items) ?? [];
    expect(items.filter(({ kind }) => kind === "report")).toHaveLength(3);
    expect((await atTerminal(chain.configFile, "verify")).stdout).toMatch(/import: .*answer \(done/);
  });
});
