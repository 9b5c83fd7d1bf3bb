/** From the sender to the disk: through the broker, and beside it what a user would build instead. */
import { Agent, request } from "node:http";
import { speakerOf } from "#schemas/subjects.ts";
import type { SignedReport } from "#support/reports.ts";
import { signedFleet } from "./fleet.ts";
import type { PeerStart, PeerTasks } from "./peer-worker.ts";
import { startWorker, type Worker } from "./processes.ts";
import { checkStore, fill } from "./publish.ts";
import { openScene } from "./scene.ts";
import { line, medianRatio, ratio, type Sheet } from "./sheet.ts";

const ROUNDS = 9;
const WARMING = 1;
/** How many requests are open at once. */
const AT_ONCE = 64;

export async function peers(name: string): Promise<Sheet> {
  const reports = signedFleet({ installations: 1500, weeks: 1, domains: 10, languages: 7 });
  await using scene = await openScene();
  await using peer = startWorker<PeerTasks>("peer-worker.ts");
  const rates = { broker: [] as number[], group: [] as number[], each: [] as number[] };
  const throughBroker = async (round: number): Promise<number> => {
    const store = await scene.begin(`peers-${round}.db`, reports.length);
    const began = performance.now();
    await Promise.all([fill(scene.nats, reports), scene.collector.ask("drained", null)]);
    const seconds = (performance.now() - began) / 1000;
    await scene.collector.ask("stop", null);
    await checkStore(store, reports, 10);
    return reports.length / seconds;
  };
  const overHttp = (round: number, commits: PeerStart["commits"]): Promise<number> =>
    post(peer, { store: scene.folder.file(`peer-${commits}-${round}.db`), commits }, reports);
  for (let round = -WARMING; round < ROUNDS; round++) {
    const runs = [
      async () => ({ broker: await throughBroker(round) }),
      async () => ({ group: await overHttp(round, "group") }),
      async () => ({ each: await overHttp(round, "each") }),
    ];
    const at = (round + WARMING) % runs.length;
    for (const run of [...runs.slice(at), ...runs.slice(0, at)]) {
      const rate: Partial<Record<keyof typeof rates, number>> = await run();
      if (round < 0) continue;
      for (const [key, found] of Object.entries(rate)) rates[key as keyof typeof rates].push(found);
    }
  }
  return {
    name,
    about: `${reports.length} reports from the sender to the disk, the sender's work included; each round's store counted`,
    lines: [
      line("broker and collector", "reports/s", rates.broker),
      line("fastify and SQLite, group commit", "reports/s", rates.group),
      line("fastify and SQLite, a commit a request", "reports/s", rates.each),
    ],
    ratios: [
      ratio("to group commit", medianRatio(rates.broker, rates.group), { atLeast: 1 }),
      ratio("to a commit a request", medianRatio(rates.broker, rates.each), { atLeast: 1 }),
    ],
  };
}

async function post(
  peer: Worker<PeerTasks>,
  start: PeerStart,
  reports: readonly SignedReport[],
): Promise<number> {
  const port = await peer.ask("start", start);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const began = performance.now();
  let next = 0;
  const sending = async (): Promise<void> => {
    for (let report = reports[next++]; report !== undefined; report = reports[next++])
      await postOne(agent, port, report);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sending));
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  const kept = await peer.ask("stop", null);
  if (kept !== reports.length) throw new Error(`${reports.length} were sent; the peer has ${kept}`);
  return reports.length / seconds;
}

function postOne(agent: Agent, port: number, { subject, bytes, headers }: SignedReport): Promise<void> {
  const named = Object.fromEntries(headers.keys().map((key) => [key, headers.get(key)]));
  const options = {
    agent,
    port,
    host: "127.0.0.1",
    method: "POST",
    path: `/report/${speakerOf(subject)}`,
    headers: { ...named, "content-type": "application/octet-stream", "content-length": bytes.length },
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (answer) => {
      answer.resume();
      answer.once("end", () =>
        answer.statusCode === 204 ? resolve() : reject(new Error(`the peer answers ${answer.statusCode}`)),
      );
    });
    sent.once("error", reject);
    sent.end(bytes);
  });
}
