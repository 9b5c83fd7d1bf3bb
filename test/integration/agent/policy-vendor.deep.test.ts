/** The first policy comes with the vendor's file, so that previewing and enabling need no network. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { statePaths } from "#agent/state.ts";
import type { CommandContext } from "#schemas/common/command.ts";
import { loadConfig } from "#schemas/common/config.ts";
import { loadContract } from "#schemas/contract.ts";
import { policyTextSha256 } from "#schemas/policies.ts";
import { startBroker } from "#support/broker.ts";
import { SILENT, TestCollector } from "#support/chain.ts";
import { OPERATOR_TOML } from "#support/operator.ts";
import { policySha256 } from "#support/policy-sha256.ts";
import { ROOT } from "#support/program.ts";
import { publishing } from "#support/publishing.ts";
import { tempFolder } from "#support/temp.ts";
import { command as operatorCommand } from "../collector/command.ts";
import { command } from "./command.ts";

const ONE = "# Policy\n\nKept for 3 years.\n";
const TWO = "# Policy\n\nKept for 2 years.\n";
const AGREE = { yes: true, level: "counts", purpose: ["statistics"] };

/** A vendor's file that names its operator in full; the agent's configuration names nobody. */
async function vendorHost() {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await tempFolder());
  const broker = stack.use(await startBroker("acme"));
  const file = temp.file("acme.vendor.toml");
  const configFile = temp.file("mailcensus.toml");
  const example = await readFile(join(ROOT, "docs", "example.vendor.toml"), "utf8");
  const bare = example.replace(/\[operator\]\n(?:.+\n)*/, `${OPERATOR_TOML}\n`);
  await writeFile(file, bare);
  await writeFile(
    configFile,
    `[vendor]\nfile = "acme.vendor.toml"\n[agent]\nstate = "state"\n[nats]\nservers = ["nats://127.0.0.1:1"]\nenrolment = "${broker.enrolmentFile}"\n`,
  );
  const contract = await loadContract(await loadConfig(configFile));
  const collector = stack.use(await TestCollector.start(broker, temp.path, SILENT, contract));
  await writeFile(temp.file("operator.vendor.toml"), bare);
  const operator = await publishing(temp, "operator.vendor.toml");
  const agent = (name: string, more: Partial<CommandContext> = {}) => command(name, { configFile, ...more });
  /** Puts what the operator's command wrote into the vendor's file. */
  const bring = async (version: number, text: string, twist = (block: string) => block) => {
    const show = await operatorCommand("policy show", {
      configFile: temp.file("operator.toml"),
      positionals: [String(version)],
      flags: { vendor: true },
    });
    await writeFile(temp.file(`policy-${version}.md`), text);
    const pinned = bare.replace(/key = ".*"/, `key = "${collector.key}"`);
    await writeFile(file, `${pinned}\n${twist(show.out)}`);
  };
  const owned = stack.move();
  return { temp, operator, agent, bring, broker, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe("vendor's policy", () => {
  test("signed - shown and agreed to without a network, kept with its hash, compared with a later one", async () => {
    await using host = await vendorHost();
    const paths = statePaths(host.temp.file("state"));
    await host.operator.policy(1, ONE);
    await host.bring(1, ONE);
    expect((await host.agent("policy", { positionals: ["show"] })).stdout).toBe(ONE);
    const asked = await host.agent("enable", { ask: () => Promise.resolve("") });
    expect(asked.status).toBe(77);
    for (const said of [
      "Data-protection officer: dpo@vendor.example",
      "Region: the European Union",
      "Supervisory authority: the Example Authority",
      "In effect from 2027-01-01T00:00:00Z on",
      `SHA-256 of its text ${policyTextSha256(ONE)}, signed by the collector`,
    ])
      expect(asked.stderr).toContain(said);
    const enabled = await host.agent("enable", { flags: AGREE, json: true });
    expect(JSON.parse(enabled.stdout)).toMatchObject({
      policy: 1,
      operator: {
        name: "Example Mail Software",
        data_protection_officer: "dpo@vendor.example",
        recipients: ["Example Hosting, which runs the machines"],
        region: "the European Union",
        authority: "the Example Authority, complaints@authority.example",
      },
    });
    expect(await policySha256(paths, 1)).toBe(policyTextSha256(ONE));
    // The vendor's next release brings another; the text agreed to stays known.
    await host.operator.policy(2, TWO, { summary: "Shorter." });
    await host.bring(2, TWO);
    const diff = await host.agent("policy", { positionals: ["diff"] });
    for (const said of [
      "Policy 2 is new; policy 1 is agreed to.",
      "Shorter.",
      "- Kept for 3 years.",
      "+ Kept for 2",
    ])
      expect(diff.stdout).toContain(said);
    expect((await host.agent("status")).stdout).toContain("Policy 2 waits for you");
    expect((await host.agent("agree", { flags: { yes: true } })).stdout).toContain("Policy 2 is agreed to.");
    expect(await policySha256(paths, 2)).toBe(policyTextSha256(TWO));
    expect((await host.agent("policy")).stdout).toContain("Policy 1, scope 1, in effect from 2027-01-01");
  });

  test("signed - a text or a date that isn't what the pinned key signed is refused, and so is a missing text", async () => {
    await using host = await vendorHost();
    await host.operator.policy(1, ONE);
    await host.bring(1, TWO);
    const refused = async (said: string): Promise<void> => {
      const { status, stderr } = await host.agent("enable", { flags: AGREE });
      expect({ status, told: stderr.includes(said) }).toEqual({ status: 78, told: true });
    };
    await refused("policy.signature");
    await host.bring(1, ONE, (block) => block.replace("2027-01-01", "2026-01-01"));
    await refused("policy.signature");
    await host.bring(1, ONE, (block) => block.replace("policy-1.md", "gone.md"));
    await refused("policy.text");
    await host.bring(1, ONE, (block) => block.replace(/signature = .*\n/, ""));
    await refused("published_at");
    // Without a signature it says that it has none.
    await host.bring(1, ONE, (block) => block.replace(/(?:signature|published_at) = .*\n/g, ""));
    expect((await host.agent("enable", { flags: AGREE })).status).toBe(0);
    expect(JSON.parse((await host.agent("policy", { json: true })).stdout)).toMatchObject({
      offered: { version: 1, from: "vendor" },
    });
  });
});
