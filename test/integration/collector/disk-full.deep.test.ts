import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { canMount } from "#support/small-disk.ts";
import { tempFolder } from "#support/temp.ts";
import {
  publishAll,
  readStore,
  settledIn,
  spawnCollector,
  streamState,
  until,
  untilDrained,
} from "./harness.ts";

describe("collector", () => {
  test.skipIf(!canMount())(
    "disk full - under the store is waited for; freed, nothing is lost and nothing doubled",
    { timeout: 120_000 },
    async () => {
      await using broker = await startBroker();
      await using folder = await tempFolder();
      const inside = await broker.connectCollector();
      const disk = folder.file("disk");
      await mkdir(disk);
      // The store lies on 64 MB of which something else has taken all but two.
      const script = `mount -t tmpfs -o size=64m tmpfs ${disk} && head -c 65000000 /dev/zero > ${disk}/ballast && exec "$@"`;
      const within = ["unshare", "-Urm", "sh", "-c", script, "sh"];
      await using collector = await spawnCollector(broker, folder, { within, store: "disk/store.db" });
      const seen = `/proc/${collector.pid}/root${disk}`;
      const reports = Array.from({ length: 6_000 }, (_, seed) =>
        signedReport(testIdentity(seed), { seed, domains: 4 }),
      );
      await publishAll(inside, reports);
      // It can't take them all: what is left stays at the broker.
      await until(() => collector.events.includes("store.retrying"));
      expect((await streamState(inside)).waiting).toBeGreaterThan(0);
      await rm(`${seen}/ballast`);
      await untilDrained(inside);
      const { last } = await streamState(inside);
      // Copied out of the process's own disk while it stands still.
      for (const name of await readdir(seen)) await copyFile(`${seen}/${name}`, folder.file(name));
      await collector.kill("SIGTERM");
      await readStore(`sqlite:${folder.file("store.db")}`, (reader) => {
        expect(reader.counts().reports).toBe(reports.length);
        expect(settledIn(reader)).toBe(last);
      });
    },
  );
});
