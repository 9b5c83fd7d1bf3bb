/** `mailcensus collector status` */
import type { CommandRun } from "#schemas/common/command.ts";
import { loadCollectorConfig } from "../config.ts";
import { type CollectorStatus, readStatus } from "../status.ts";

export const run: CommandRun = async (context) => {
  const status = await readStatus(await loadCollectorConfig(context.configFile));
  context.write(context.json ? `${JSON.stringify(status)}\n` : describe(status));
  return 0;
};

function describe(status: CollectorStatus): string {
  const { store, ledger } = status;
  return [
    `Collector key   ${status.collector_key ?? "not made yet"}`,
    `Waiting         ${status.pending ?? "unknown: the broker can't be reached"}`,
    `Store           ${store.reports} reports of ${store.installations} installations, ${store.current} current, ${store.superseded} superseded, ${store.conflicts} in conflict`,
    `Settled         ${table(ledger)}`,
    `Quarantine      ${table(status.quarantine)}`,
    `Refused         ${table(status.refusals)}`,
    "",
  ].join("\n");
}

function table(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  return entries.length === 0 ? "none" : entries.map(([name, count]) => `${name} ${count}`).join(", ");
}
