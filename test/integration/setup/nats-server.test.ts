import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { natsServerOrMissing, orSkip } from "#setup/available.ts";
import { NATS_NEEDED } from "#setup/nats-server.ts";
import { compareVersions } from "#setup/version.mjs";

/** The server writes where it listens into a folder, once it does. */
async function clientUrl(folder: string): Promise<string> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
    const file = (await readdir(folder)).find((name) => name.endsWith(".ports"));
    const text = file === undefined ? "" : await readFile(join(folder, file), "utf8");
    if (text === "") continue;
    const { nats } = JSON.parse(text) as { nats: string[] };
    if (nats[0] !== undefined) return nats[0];
  }
  throw new Error("nats-server told no port in 10 s");
}

test("setup - a nats-server is found, starts with JetStream and stops", async (context) => {
  const { path, version } = orSkip(context, await natsServerOrMissing());
  expect(compareVersions(version, NATS_NEEDED)).toBeGreaterThanOrEqual(0);

  const folder = await mkdtemp(join(tmpdir(), "nats-"));
  const server = spawn(
    path,
    ["-a", "127.0.0.1", "-p", "-1", "-js", "-sd", folder, "--ports_file_dir", folder],
    {
      stdio: "ignore",
    },
  );
  const ended = once(server, "exit");
  try {
    const connection = await connect({ servers: await clientUrl(folder) });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "PROOF", subjects: ["proof"] });
    expect((await manager.streams.info("PROOF")).state.messages).toBe(0);
    await connection.close();
  } finally {
    server.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
  expect(server.exitCode ?? server.signalCode).not.toBeNull();
});
