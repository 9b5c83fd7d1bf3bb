/** Kills a collector within an erasure. */
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import { signRightsRequest } from "#schemas/rights.ts";
import { startBroker } from "#support/broker.ts";
import { findBytes, keyNeedles, reportNeedles } from "#support/byte-search.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { askSigned, rightsRequest } from "#support/rights.ts";
import { tempFolder } from "#support/temp.ts";
import { ask } from "./asking.ts";
import { ownKey, publishAll, readStore, spawnCollector, until, untilDrained } from "./harness.ts";

const alice = testIdentity(1);
const bob = testIdentity(2);
const NOW = periodNumber(new Date());

/** Where a collector is killed: before this is run, and after that was, where it matters. */
export type KillPoint = { readonly before: string; readonly after?: string };

/** An erasure is asked of a collector that dies in it, then of the next one; what is left is looked at. */
export async function expectErasedInTheEnd({ before, after }: KillPoint): Promise<void> {
  await using broker = await startBroker();
  await using folder = await tempFolder();
  const inside = await broker.connectCollector();
  const hook = new URL("../../support/kill-at-statement.mjs", import.meta.url);
  const within = [
    ...["env", `NODE_OPTIONS=--import=${hook.href}`, `KILL_RUN=${before}`],
    `KILL_AFTER=${after ?? ""}`,
  ];
  await using doomed = await spawnCollector(broker, folder, { within });
  const own = [3, 2, 1].map((back) => signedReport(alice, { seed: back, period: formatPeriod(NOW - back) }));
  const others = [3, 2, 1].map((back) => signedReport(bob, { seed: back, period: formatPeriod(NOW - back) }));
  await publishAll(inside, [...own, ...others]);
  await untilDrained(inside);
  const key = await ownKey(folder);
  const agent = await broker.connectAgent(alice);
  const request = rightsRequest(alice, key, { action: "erase", what: "everything" });
  const signed = signRightsRequest(request, alice.privateKey);
  // Nobody answers: the agent asks again, as below.
  askSigned(agent, alice, key, signed).catch(() => null);
  await until(() => !isRunning(doomed.pid));

  await using _again = await spawnCollector(broker, folder);
  // A tombstone that was on the disk stands: then it is erased already.
  const answered = await askSigned(agent, alice, key, signed);
  expect(answered).toMatchObject({ answer: { state: expect.stringMatching(/^(done|erased)$/) } });
  expect(await ask(agent, alice, key, [own[0]?.sha256 ?? ""])).toMatchObject([{ state: "erased" }]);
  const url = `sqlite:${folder.file("store.db")}`;
  await until(() => readStore(url, (reader) => reader.rights.leftAtBroker().length === 0));
  const needles = { ...keyNeedles(alice), ...reportNeedles(own, []) };
  const data = join(dirname(broker.config.serverConfig), "data");
  expect(await findBytes([folder.path, data], needles)).toEqual([]);
  await readStore(url, (reader) => {
    expect(reader.counts()).toMatchObject({ installations: 1, reports: 3, current: 3 });
    for (const { bytes, sha256 } of others) expect(reader.reportBytes(bob.id, sha256)).toEqual(bytes);
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
