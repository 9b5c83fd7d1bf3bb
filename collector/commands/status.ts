/** `mailcensus collector status` */
import type { CommandRun } from "#schemas/common/command.ts";
import { loadCollectorConfig } from "../config.ts";
import { type CollectorStatus, readStatus } from "../status.ts";

export const run: CommandRun = async (context) => {
  const status = await readStatus(await loadCollectorConfig(context.configFile), context.now());
  context.write(context.json ? `${JSON.stringify(status)}\n` : describe(status));
  return 0;
};

function describe(status: CollectorStatus): string {
  const { store, ledger } = status;
  return [
    `Collector key   ${status.collector_key ?? "not made yet"}`,
    `Waiting         ${waiting(status)}`,
    `Store           ${store.reports} reports of ${store.installations} installations, ${store.current} current, ${store.superseded} superseded`,
    `Unproven        ${store.unproven} installations with fewer than three accepted weeks`,
    `Conflicts       ${store.conflicts === 0 ? "none" : `${store.conflicts} reports of ${store.conflicting} installations (mailcensus collector conflicts)`}`,
    `Last stored     ${status.last_stored_at ?? "nothing yet"}`,
    `Disk            the store takes ${megabytes(status.disk.bytes)}, ${status.disk.free_bytes === null ? "unknown how much is" : `${megabytes(status.disk.free_bytes)} are`} free`,
    `Retention       ${status.retention.last_run === null ? "never ran" : `last ran ${status.retention.last_run}`}${status.retention.state === "ok" ? "" : ": retention-waits, confirm the date (mailcensus collector retention --confirm DATE)"}`,
    `Settled         ${table(ledger)}`,
    `Quarantine      ${table(status.quarantine)}`,
    `Refused         ${table(status.refusals)}`,
    `Deferred        ${table(status.deferrals)}`,
    `Asked           ${table(status.requests)}`,
    "",
  ].join("\n");
}

function waiting({ pending, oldest_pending_seconds: oldest }: CollectorStatus): string {
  if (pending === null) return "unknown: the broker can't be reached";
  return pending === 0 ? "0" : `${pending}, the oldest for ${oldest ?? 0} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}

function table(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  return entries.length === 0 ? "none" : entries.map(([name, count]) => `${name} ${count}`).join(", ");
}
