/** Sends over a network that is cut in mid-packet, at many places at once, and looks at what came of it. */
import { expect } from "vitest";
import { ALIVE, type Chain, startChain, TERMS } from "#support/chain.ts";
import { CuttingProxy, type Direction } from "#support/cutting-proxy.ts";

const AT_ONCE = 6;

/** @param places how many, over the whole of what an undisturbed sending says in each direction */
export async function sendOverCuts(places: number): Promise<void> {
  await using chain = await startChain();
  const whole = await sendThrough(chain, "whole", null);
  const cuts = (["up", "down"] as const).flatMap((direction) =>
    Array.from({ length: places }, (_, index) => ({
      direction,
      bytes: Math.floor(((index + 0.5) * whole[direction]) / places),
    })),
  );
  for (let start = 0; start < cuts.length; start += AT_ONCE) {
    await Promise.all(
      cuts
        .slice(start, start + AT_ONCE)
        .map((cut) => sendThrough(chain, `${cut.direction}-${cut.bytes}`, cut)),
    );
  }
  expect(await chain.counts()).toEqual({ reports: cuts.length + 1, conflicts: 0 });
}

/** An installation of its own sends through a proxy, and once more without one. */
async function sendThrough(
  chain: Chain,
  name: string,
  cut: { direction: Direction; bytes: number } | null,
): Promise<Readonly<Record<Direction, number>>> {
  await using proxy = await CuttingProxy.start(chain.broker.port, cut);
  const { config, file } = chain.config;
  const nats = { ...config.nats, servers: [proxy.url] };
  const state = chain.temp.file(name);
  const agent = chain.agent({ state, config: { config: { ...config, nats }, file } });
  const { draft } = await agent.enable(TERMS, ALIVE);
  const first = await agent.send(ALIVE);
  expect({ name, cuts: proxy.cuts() }).toEqual({ name, cuts: cut === null ? 0 : 1 });
  // Whether or not it came through at once, nothing unexpected was said of it.
  expect([undefined, "broker-unreachable", "broker-storage", "receipt-missing"]).toContain(
    first.failure?.code,
  );
  const { passed } = proxy;
  const direct = chain.agent({ state });
  expect({ name, failure: (await direct.send(ALIVE)).failure }).toEqual({ name, failure: null });
  expect(await direct.history()).toMatchObject([{ state: "stored", sha256: draft.sha256 }]);
  expect(await direct.status()).toMatchObject({
    spool: [],
    trouble: null,
    ledger: { made: 1, receipted: { stored: 1 }, unaccounted: 0 },
  });
  return { ...passed };
}
