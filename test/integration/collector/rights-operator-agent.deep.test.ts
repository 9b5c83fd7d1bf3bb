import { cp, readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ALIVE, startChain, TERMS } from "#support/chain.ts";
import { OPERATOR_TOML } from "#support/operator.ts";
import { MAILCENSUS, run } from "#support/program.ts";

const WEEK_MS = 7 * 86_400_000;

describe("rights desk", () => {
  test("erase - at a terminal, by the hash of a carbon copy; the old agent with its folder whole is told, and nothing comes back", {
    timeout: 60_000,
  }, async () => {
    await using chain = await startChain();
    const { report } = await chain.agent().preview(TERMS, ALIVE);
    await chain.agent().enable(TERMS, ALIVE);
    await chain.agent({ now: () => new Date(Date.now() - WEEK_MS) }).send(ALIVE);
    const sent = await chain.agent().send(ALIVE);
    const [{ sha256 } = { sha256: "" }] = sent.settled;
    const config = chain.temp.file("operator.toml");
    await writeFile(
      config,
      `${OPERATOR_TOML}\n[nats]\nservers = ["${chain.broker.url}"]\ncredentials = "${chain.broker.credentials}"\n[collector]\nkey = "collector.key"\n[store]\nurl = "sqlite:store.db"\n`,
    );
    const rights = (...words: string[]) =>
      run(MAILCENSUS, ["collector", "rights", ...words, "--config", config]);
    const found = await rights("find", "--sha256", sha256, "--json");
    expect(JSON.parse(found.stdout)).toMatchObject({
      installations: [{ installation: report.installation, reports: 2 }],
    });
    await cp(chain.temp.file("state"), chain.temp.file("old"), { recursive: true });
    const asked = ["--sha256", sha256, "--evidence", "sent us the copy", "--received", "2026-11-02"];
    const unconfirmed = await rights("erase", ...asked);
    expect(unconfirmed).toMatchObject({ status: 64, stdout: "", stderr: expect.stringContaining("--yes") });
    const file = chain.temp.file("answer.json");
    const erased = await rights("erase", ...asked, "--yes", file, "--json");
    expect(erased).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(erased.stdout)).toEqual({ action: "erase", state: "done", parts: 1, file });
    expect(await readFile(file, "utf8")).toContain(report.installation);
    expect(await chain.counts()).toEqual({ reports: 0, conflicts: 0 });

    // Its own folder, and one that a backup brings back a week later.
    for (const [state, weeks] of [
      ["state", 0],
      ["old", 1],
    ] as const) {
      const agent = chain.agent({
        state: chain.temp.file(state),
        now: () => new Date(Date.now() + weeks * WEEK_MS),
      });
      const told = await agent.send(ALIVE).then(
        ({ settled }) => settled.map(({ state: became }) => became),
        (error: { code: string }) => [error.code],
      );
      expect(told.filter((word) => word !== "erased" && word !== "not-enabled")).toEqual([]);
      await expect(agent.send(ALIVE)).rejects.toMatchObject({
        code: "not-enabled",
        message: expect.stringContaining("was erased at"),
      });
    }
    expect(await chain.counts()).toEqual({ reports: 0, conflicts: 0 });
    const gone = await rights("find", "--id", report.installation);
    expect(gone).toMatchObject({ status: 1, stdout: expect.stringContaining("was erased at") });
    const audit = await rights("audit");
    expect(audit.stdout).toMatch(/operator {6}find .*\n.*operator {6}erase {7}what everything, reports 2/);
    expect(audit.stdout).not.toContain(report.installation);
  });
});
