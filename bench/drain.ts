/** A filled stream is drained: beside the limit of one thread, in rounds. */

import { KeyCache } from "#collector/verify.ts";
import { startBroker } from "#support/broker.ts";
import { tempFolder } from "#support/temp.ts";
import type { CollectorTasks } from "./collector-worker.ts";
import { signedFleet } from "./fleet.ts";
import { limitOf } from "./limit.ts";
import { startWorker } from "./processes.ts";
import { checkStore, fill, makeStream } from "./publish.ts";

export async function drain() {
  const reports = signedFleet({ installations: 4000, weeks: 1, domains: 10, languages: 7 });
  await using broker = await startBroker();
  await using folder = await tempFolder();
  await using collector = startWorker<CollectorTasks>("collector-worker.ts");
  const nats = await broker.connectCollector();
  await makeStream(nats);
  for (let round = 0; round < Number(process.env["ROUNDS"] ?? 5); round++) {
    const limit = limitOf(reports, new KeyCache());
    await fill(nats, reports);
    const store = folder.file(`store-${round}.db`);
    await collector.ask("start", {
      broker: { servers: [broker.url], credentials: broker.credentials },
      store,
      key: folder.file("collector.key"),
      expected: reports.length,
    });
    const d = await collector.ask("drained", null);
    await collector.ask("stop", null);
    await checkStore(store, reports, 10);
    const n = reports.length;
    const u = await collector.usage();
    console.log(
      `limit ${((n / limit.milliseconds) * 1000).toFixed(0)}/s ${(limit.cpu / n).toFixed(0)}us  drain ${((n / d.milliseconds) * 1000).toFixed(0)}/s ${(d.cpu / n).toFixed(0)}us ratio ${(limit.milliseconds / d.milliseconds).toFixed(2)} cpu ${(d.cpu / limit.cpu).toFixed(2)}`,
      `busy ${d.busy.toFixed(2)} mem ${JSON.stringify(u.mem)} rss ${(u.rss / 1e6).toFixed(0)} peak ${(u.peak / 1e6).toFixed(0)}`,
    );
  }
}
if (process.argv[1]?.endsWith("drain.ts")) await drain();
