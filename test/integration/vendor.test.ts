/** The example vendor's file walks the whole way: nothing else is changed for it. */
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createAgent } from "#agent/main.ts";
import { systemRandom } from "#agent/random.ts";
import { linesOf } from "#agent/words.ts";
import { readCensus } from "#collector/query/census.ts";
import { openReadStore } from "#collector/query/open.ts";
import { QUERIES } from "#collector/query/queries.ts";
import { runDashboards } from "#dashboards/main.ts";
import { loadConfig } from "#schemas/common/config.ts";
import { BASE_CONTRACT, loadContract } from "#schemas/contract.ts";
import { entriesNamed } from "#schemas/dictionary/explain.ts";
import { faultFinder } from "#schemas/faults.ts";
import { notice } from "#schemas/notice.ts";
import { periodNumber } from "#schemas/period.ts";
import { prove } from "#schemas/proof/prove.ts";
import { startBroker } from "#support/broker.ts";
import { ALIVE, SILENT, TestCollector } from "#support/chain.ts";
import { ROOT } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

const EXAMPLE = join(ROOT, "docs", "example.vendor.toml");
const FIGURES = { seats: 25, edition: "isp", activesync: "enabled", "activesync.usage": 12 };

/** A folder with the vendor's file, its program, a broker on its subjects, its collector, an agent. */
async function vendorHost(figures: Readonly<Record<string, unknown>>) {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await tempFolder());
  const program = temp.file("acme-census");
  await writeFile(program, `#!/bin/sh\ncat <<'END'\n${JSON.stringify(figures)}\nEND\n`);
  await chmod(program, 0o755);
  const broker = stack.use(await startBroker("acme"));
  const file = temp.file("acme.vendor.toml");
  const example = await readFile(EXAMPLE, "utf8");
  await writeFile(file, example.replace("/opt/acme/bin/acme-census", program));
  const configFile = temp.file("mailcensus.toml");
  const config = `
[vendor]
file = "acme.vendor.toml"
[agent]
state = "state"
[nats]
servers = ["${broker.url}"]
enrolment = "${broker.enrolmentFile}"
`;
  await writeFile(configFile, config);
  const contract = await loadContract(await loadConfig(configFile));
  const collector = stack.use(await TestCollector.start(broker, temp.path, SILENT, contract));
  // The key is known once the collector has made it; it goes into the vendor's file, not into the configuration.
  await writeFile(file, (await readFile(file, "utf8")).replace(/key = ".*"/, `key = "${collector.key}"`));
  const loaded = await loadConfig(configFile);
  const agentContract = await loadContract(loaded);
  const agent = createAgent({
    config: loaded,
    env: {},
    now: () => new Date(),
    random: systemRandom,
    log: SILENT,
    contract: agentContract,
  });
  const owned = stack.move();
  return { temp, agent, contract: agentContract, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe("vendor", () => {
  test("file - validated, proved, previewed, sent, stored, asked, shown, without any other change", async () => {
    await using host = await vendorHost(FIGURES);
    const { agent, contract, temp } = host;
    const terms = { level: "counts", purposes: ["offers", "statistics"] } as const;
    await agent.enable(terms, ALIVE);
    const preview = await agent.preview({}, ALIVE);
    expect(preview.report.vendor).toEqual({
      acme: {
        schema: 1,
        choices: { edition: "isp" },
        counts: { seats: 25 },
        features: [{ feature: "activesync", state: "enabled", usage: 12 }],
      },
    });
    const words = linesOf(preview.report, contract).join("\n");
    for (const shown of ["Acme Mail Server", "Seats", "for providers", "ActiveSync (12)"])
      expect(words).toContain(shown);
    expect(prove(contract.document).verdict).toBe("proved");
    expect(faultFinder(contract)(preview.bytes)).toEqual([]);
    expect(faultFinder(BASE_CONTRACT)(preview.bytes)).toContainEqual({
      rule: "additionalProperties",
      pointer: "",
    });
    expect(notice(contract, contract.vendor?.operator)).toContain("Acme Mail Ltd. (privacy@acme.example)");
    expect(notice(contract)).toContain("Registered devices, active or not");
    expect(entriesNamed(contract.entries, "vendor.acme.seats")).toHaveLength(1);

    const sent = await agent.send(ALIVE);
    expect(sent).toMatchObject({ failure: null, settled: [{ state: "stored", sha256: preview.sha256 }] });

    await using store = openReadStore(temp.file("store.db"));
    const census = await store.snapshot((db) => readCensus(db, null, periodNumber(new Date())));
    expect(census === null ? [] : QUERIES.vendor.run(census)).toMatchObject([
      { vendor: "acme", figure: "activesync", kind: "feature", told: 1, word: "enabled", value: 1 },
      { figure: "activesync.usage", kind: "usage", word: null, value: 12 },
      { figure: "edition", kind: "choice", word: "isp", value: 1 },
      { figure: "seats", kind: "count", word: null, value: 25 },
    ]);
    await using page = await runDashboards({ storePath: temp.file("store.db"), vendor: contract.vendor });
    const html = await (await fetch(page.url)).text();
    for (const shown of ["Acme Mail Server", "Seats", "Edition", "ActiveSync devices"])
      expect(html).toContain(shown);
  });

  test("source - what isn't in the vendor's lists isn't told, and what isn't told isn't zero", async () => {
    const odd = {
      seats: 100_000_000,
      edition: "jane.doe@acme.example",
      "activesync.usage": -1,
      owner: "Jane Doe",
    };
    await using host = await vendorHost(odd);
    const { report, bytes } = await host.agent.preview({ purposes: ["offers", "statistics"] }, ALIVE);
    expect(report.vendor).toEqual({ acme: { schema: 1, features: [] } });
    expect(bytes.toString()).not.toMatch(/jane/i);
    const told = report.unknown.filter(({ source }) => (source as string) === "vendor");
    expect(told.map(({ metric, reason }) => [metric, reason])).toEqual([
      ["vendor.acme.activesync", "unsupported"],
      ["vendor.acme.activesync.usage", "malformed"],
      ["vendor.acme.edition", "malformed"],
      ["vendor.acme.seats", "out-of-range"],
    ]);
  });

  test("purposes - a figure for offers alone isn't in a report for statistics", async () => {
    await using host = await vendorHost(FIGURES);
    const { report } = await host.agent.preview({ purposes: ["statistics"] }, ALIVE);
    expect(report.vendor?.["acme"]?.choices ?? {}).toEqual({});
    expect(report.vendor?.["acme"]?.counts).toEqual({ seats: 25 });
  });
});
