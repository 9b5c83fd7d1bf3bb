/** Moves agents from folder to folder, killed on the way. */
import { stat } from "node:fs/promises";
import { expect } from "vitest";
import { createAgent } from "#agent/main.ts";
import { systemRandom } from "#agent/random.ts";
import { ALIVE, type Chain, SILENT, TERMS } from "#support/chain.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { sampleReport } from "../../unit/agent/fixture.ts";

const WEEK_MS = 7 * 86_400_000;

/** An agent on a folder of its own, on a server that has so many mailboxes. */
export function agentOf({ config, temp }: Chain, state: string, mailboxes: number, weeks = 0) {
  return createAgent({
    config,
    state: temp.file(state),
    env: {},
    now: () => new Date(Date.now() - weeks * WEEK_MS),
    random: systemRandom,
    log: SILENT,
    ports: { count: async (head) => sampleReport(head, mailboxes) },
  });
}

/** Moves an agent that has sent a report, killed at a step; then repeats the command, and sends from the new folder. */
export async function killedMove(chain: Chain, word: "export" | "import", at: number) {
  const [from, to] = [`from-${word}-${at}`, `to-${word}-${at}`];
  await agentOf(chain, from, 25, 1).enable(TERMS, ALIVE);
  await agentOf(chain, from, 25, 1).send(ALIVE);
  const file = chain.temp.file(`${from}.export`);
  const steps = {
    export: {
      state: from,
      work: () => agentOf(chain, from, 25).exportState(file),
      isDone: () => isThere(file),
    },
    import: {
      state: to,
      work: () => agentOf(chain, to, 25).importState(file),
      isDone: () => isOn(chain, to),
    },
  };
  if (word === "import") await steps.export.work();
  const { state, work, isDone } = steps[word];
  const { status } = await run(
    MAILCENSUS,
    ["agent", "state", word, file, "--config", chain.configFile, "--state", chain.temp.file(state)],
    { NODE_OPTIONS: `--import=${import.meta.dirname}/kill-at.mjs`, KILL_AT: String(at) },
  );
  if (!(await isDone())) {
    // While it isn't whole, nobody sends from there.
    await expect(agentOf(chain, to, 25).send(ALIVE)).rejects.toMatchObject({ code: "not-enabled" });
    await work();
  }
  if (word === "export") await steps.import.work();
  await expect(agentOf(chain, from, 99).send(ALIVE)).rejects.toMatchObject({ code: "not-enabled" });
  const { settled } = await agentOf(chain, to, 25).send(ALIVE);
  return { killed: status === null, settled: settled[0]?.state };
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function isOn(chain: Chain, state: string): Promise<boolean> {
  return (await agentOf(chain, state, 25).status()).effective.level === "full";
}
