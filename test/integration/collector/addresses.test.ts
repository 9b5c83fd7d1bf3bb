import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { receiptSubject, rightsSubject } from "#schemas/subjects.ts";
import { startBroker } from "#support/broker.ts";
import { MAILCENSUS } from "#support/program.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { askRights } from "#support/rights.ts";
import { tempFolder } from "#support/temp.ts";
import { ownKey, publish, until, untilDrained, writeConfig } from "./harness.ts";

const alice = testIdentity(1);
/** Where every client of this test comes from, in the forms that programs write. */
const ADDRESS = /127\.0\.0\.1|::1|7f000001/i;

test("addresses - the collector stores and logs none, at whatever level it logs and whatever comes", async () => {
  await using broker = await startBroker();
  await using folder = await tempFolder();
  const inside = await broker.connectCollector();
  const config = await writeConfig(broker, folder);
  const text = await readFile(config, "utf8");
  await writeFile(config, text.replace("[collector]\n", '[collector]\nlog_level = "trace"\n'));
  const child = spawn(process.execPath, [MAILCENSUS, "collector", "run", "--config", config], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  try {
    await until(() => log.includes("collector.ready"));
    const agent = await broker.connectAgent(alice);
    const report = signedReport(alice);
    await publish(agent, report);
    await publish(agent, { subject: report.subject, bytes: Buffer.from("rubbish") });
    await untilDrained(inside);
    for (const subject of [receiptSubject(alice.id), rightsSubject(alice.id)])
      await agent.request(subject, "rubbish", { headers: headers(), timeout: 5_000 });
    const key = await ownKey(folder);
    await askRights(agent, alice, key, { action: "access" });
    await askRights(agent, alice, key, { action: "object", objects: true });
    await broker.restart();
    await until(() => (log.match(/collector\.attached/g)?.length ?? 0) > 1);
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }
  expect(log).toContain("rights.answered");
  expect(log).not.toMatch(ADDRESS);
  for (const name of await readdir(folder.path)) {
    // The configuration says where the broker is: that is the operator's own machine.
    if (name === "mailcensus.toml") continue;
    expect((await readFile(join(folder.path, name))).toString("latin1"), name).not.toMatch(ADDRESS);
  }
  // What the broker itself may write of an address, its configuration tells the operator.
  expect(await readFile(broker.config.serverConfig, "utf8")).toMatch(/log for 7 days at most/);
});
