import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { ALIVE, type Chain, startChain, TERMS } from "#support/chain.ts";
import { MAILCENSUS } from "#support/program.ts";
import { canMount } from "#support/small-disk.ts";

/**
 * Sends from a state folder on a disk of its own that has so many pages of 4 KB left, then frees it and
 * sends again. The disk's last state is copied to `state-after-…`.
 */
async function sendOnFullDisk(
  chain: Chain,
  free: number,
): Promise<{ first: number; second: number; said: string }> {
  const [state, disk, after] = ["state", "disk", "after"].map((name) => chain.temp.file(`${name}-${free}`));
  await chain.agent({ state }).enable(TERMS, ALIVE);
  await mkdir(disk ?? "");
  const script = `
set -e
mount -t tmpfs -o size=2m tmpfs "$DISK"
cp -a "$STATE" "$DISK/state"
cat /dev/zero > "$DISK/ballast" 2>/dev/null || true
truncate -s -"$((FREE * 4096))" "$DISK/ballast"
set +e
"$@" 2> "$AFTER.said"; first=$?
rm "$DISK/ballast"
"$@" 2>> "$AFTER.said"; second=$?
cp -a "$DISK/state" "$AFTER"
echo "$first $second"`;
  const { stdout } = await promisify(execFile)(
    "unshare",
    [
      ...["-Urm", "sh", "-c", script, "sh", process.execPath, MAILCENSUS, "agent", "send"],
      ...["--config", chain.configFile, "--state", `${disk}/state`],
    ],
    { env: { ...process.env, STATE: state, DISK: disk, AFTER: after, FREE: String(free) } },
  );
  const [first = -1, second = -1] = stdout.trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
  return { first, second, said: await readFile(`${after}.said`, "utf8") };
}

describe("agent", () => {
  test.skipIf(!canMount())(
    "disk full - under the spool, at each of its steps, then freed: nothing lost, nothing twice, and the ledger balances",
    { timeout: 300_000 },
    async () => {
      await using chain = await startChain();
      let full = 0;
      let sent = 0;
      // Until there is room enough for the whole of it.
      for (let first = -1; first !== 0 && sent < 24; sent += 1) {
        const outcome = await sendOnFullDisk(chain, sent);
        first = outcome.first;
        expect({ free: sent, ...outcome }).toMatchObject({ free: sent, second: 0 });
        if (first !== 0) {
          full += 1;
          expect(outcome).toMatchObject({ first: 74, said: expect.stringContaining("[state-full]") });
        }
        const agent = chain.agent({ state: chain.temp.file(`after-${sent}`) });
        expect(await agent.status()).toMatchObject({
          spool: [],
          trouble: null,
          ledger: { made: 1, receipted: { stored: 1 }, unaccounted: 0 },
        });
      }
      expect(full).toBeGreaterThan(3);
      expect(await chain.counts()).toEqual({ reports: sent, conflicts: 0 });
    },
  );
});
