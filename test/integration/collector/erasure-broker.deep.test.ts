import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startBroker } from "#support/broker.ts";
import { findBytes, keyNeedles, reportNeedles } from "#support/byte-search.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { askRights } from "#support/rights.ts";
import { tempFolder } from "#support/temp.ts";
import { makeStream, publishAll, startCollector, until, untilDrained } from "./harness.ts";

const alice = testIdentity(1);

test("erasure - the broker's index, written while messages waited, is free of the id by the time that the answer names", async () => {
  await using broker = await startBroker();
  await using folder = await tempFolder();
  const inside = await broker.connectCollector();
  await makeStream(inside);
  const reports = [1, 2, 3].map((n) => signedReport(alice, { seed: n, revision: n }));
  await publishAll(inside, reports);
  // At its end a broker writes its index.
  await broker.restart();
  await using collector = await startCollector(broker, folder);
  await untilDrained(await broker.connectCollector());
  const agent = await broker.connectAgent(alice);
  const data = join(dirname(broker.config.serverConfig), "data");
  const needles = { ...keyNeedles(alice), ...reportNeedles(reports, []) };
  const answer = await askRights(agent, alice, collector.key, { action: "erase", what: "everything" });
  if (answer.state !== "done" || answer.action !== "erase") throw new Error("it wasn't erased");
  expect(answer.broker).toMatchObject({ settled: "gone", gone_by: expect.any(String) });
  expect(await findBytes([data], needles)).toEqual(["index.db: id"]);
  await until(async () => (await findBytes([data], needles)).length === 0, 300_000);
  expect(Date.now()).toBeLessThan(Date.parse(answer.broker.gone_by ?? ""));
}, 330_000);
