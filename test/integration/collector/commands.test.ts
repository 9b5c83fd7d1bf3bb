import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Flags } from "#schemas/common/command.ts";
import { parseEnrolment } from "#schemas/enrolment.ts";
import { startBroker } from "#support/broker.ts";
import { OPERATOR_TOML } from "#support/operator.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { command } from "./command.ts";
import { publishAll, spawnCollector, startCollector, untilDrained, writeConfig } from "./harness.ts";

describe("commands", () => {
  test("nats-config - writes everything, secrets for their owner alone, and keeps keys when run again", async () => {
    await using folder = await tempFolder();
    const out = folder.file("broker");
    const flags: Flags = { out, listen: "0.0.0.0:4222", "store-dir": "/data", monitor: "127.0.0.1:8222" };
    const first = await command("nats-config", { flags, json: true });
    expect(JSON.parse(first.out)).toEqual({
      server_config: `${out}/nats.conf`,
      credentials: `${out}/collector.creds`,
      enrolment: `${out}/enrolment.json`,
      operator_keys: `${out}/operator.json`,
    });
    const mode = async (name: string) => ((await stat(`${out}/${name}`)).mode & 0o777).toString(8);
    expect(await mode("operator.json")).toBe("600");
    expect(await mode("collector.creds")).toBe("600");
    expect(await mode("enrolment.json")).toBe("644");
    const config = await readFile(`${out}/nats.conf`, "utf8");
    expect(config).toContain('listen: "0.0.0.0:4222"');
    expect(config).toContain('http: "127.0.0.1:8222"');
    expect(config).toContain('store_dir: "/data"');
    expect(config).not.toMatch(/leafnodes|mqtt|cluster \{|gateway \{|websocket \{/);
    const enrolment = await readFile(`${out}/enrolment.json`, "utf8");
    expect(parseEnrolment(enrolment)).not.toBeNull();
    const keys = await readFile(`${out}/operator.json`, "utf8");
    await command("nats-config", { flags: { ...flags, listen: "0.0.0.0:4333" } });
    expect(await readFile(`${out}/enrolment.json`, "utf8")).toBe(enrolment);
    expect(await readFile(`${out}/operator.json`, "utf8")).toBe(keys);
    expect(await readFile(`${out}/nats.conf`, "utf8")).toContain("4333");
    await writeFile(`${out}/operator.json`, "{}");
    await expect(command("nats-config", { flags })).rejects.toMatchObject({ code: "state-unreadable" });
  });

  test("nats-config - names all faults of its options at once", async () => {
    await expect(
      command("nats-config", { flags: { listen: "4222", monitor: "x", "tls-cert": "a" } }),
    ).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/--listen.*\n--monitor.*\n--tls-cert/),
    });
  });

  test("status - counts, and names nobody but the collector itself", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    const configFile = await writeConfig(broker, folder);
    await using collector = await startCollector(broker, folder);
    const inside = await broker.connectCollector();
    const identity = testIdentity(1);
    await publishAll(inside, [signedReport(identity), signedReport(identity)]);
    await untilDrained(inside);
    const { out } = await command("status", { configFile, json: true });
    expect(JSON.parse(out)).toMatchObject({
      collector_key: collector.key,
      store: { installations: 1, reports: 1 },
      ledger: { stored: 1, duplicate: 1, quarantined: 0 },
      quarantine: {},
      refusals: {},
      pending: 0,
      oldest_pending_seconds: 0,
      disk: { bytes: expect.any(Number), free_bytes: expect.any(Number) },
      last_stored_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect((await command("status", { configFile })).out).toMatch(/Disk +the store takes .*MB.*free/);
    expect(out).not.toContain(identity.id);
    await broker.stop();
    expect((await command("status", { configFile })).out).toContain("the broker can't be reached");
  });

  test("run - a configuration without its sections is refused, all faults at once", async () => {
    await using folder = await tempFolder();
    const configFile = folder.file("mailcensus.toml");
    await writeFile(configFile, "[collector]\n");
    const needed = ["name", "contact", "data_protection_officer", "recipients", "region", "authority"];
    const keys = [...needed.map((key) => `operator.${key}`), "nats", "store.url"];
    await expect(command("run", { configFile })).rejects.toMatchObject({
      code: "config-invalid",
      exit: 78,
      message: expect.stringMatching(
        new RegExp(`^${keys.map((key) => `${configFile}: ${key}: expected .*, found none`).join("\n")}$`),
      ),
    });
    await expect(command("run", { configFile: folder.file("none.toml") })).rejects.toMatchObject({
      code: "config-missing",
    });
  });

  test("run - a broker that doesn't know the credentials is told, one that isn't there is waited for", async () => {
    await using broker = await startBroker();
    await using stranger = await startBroker();
    await using folder = await tempFolder();
    await mkdir(folder.file("sub"));
    const configFile = folder.file("mailcensus.toml");
    const write = (url: string, credentials: string) =>
      writeFile(
        configFile,
        `${OPERATOR_TOML}\n[nats]\nservers = ["${url}"]\ncredentials = "${credentials}"\n[store]\nurl = "sqlite:store.db"\n[collector]\nlog_level = "error"\n`,
      );
    await write(broker.url, stranger.credentials);
    await expect(command("run", { configFile })).rejects.toMatchObject({ code: "broker-refused", exit: 77 });
    await write(broker.url, folder.file("none.creds"));
    await expect(command("run", { configFile })).rejects.toMatchObject({ code: "config-invalid" });
    await write(broker.url, broker.credentials);
    await broker.stop();
    const end = new AbortController();
    const running = command("run", { configFile, signal: end.signal });
    end.abort();
    await expect(running).rejects.toMatchObject({ code: "shutting-down" });
  });

  test.skipIf(process.platform !== "linux")(
    "run - is one process, whose Node was started to need little memory, however often it starts itself anew",
    async () => {
      await using broker = await startBroker();
      await using folder = await tempFolder();
      await using collector = await spawnCollector(broker, folder);
      const started = await readFile(`/proc/${collector.pid}/cmdline`, "utf8");
      const environment = await readFile(`/proc/${collector.pid}/environ`, "utf8");
      expect(started.split("\0").filter((word) => word === "--max-semi-space-size=4")).toHaveLength(1);
      expect(environment.split("\0")).toContain("MALLOC_ARENA_MAX=1");
      expect(await readFile(`/proc/${collector.pid}/task/${collector.pid}/children`, "utf8")).toBe("");
      await collector.kill("SIGTERM");
    },
  );
});
