import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freePort } from "#demo/ports.ts";
import { Service } from "#demo/process.ts";
import { natsServerOrMissing, orSkip } from "#setup/available.ts";
import { NATS_RELEASE } from "#setup/nats-release.ts";
import { MAILCENSUS, ROOT, Running, run } from "#support/program.ts";
import { tempFolder } from "#support/temp.ts";

type ComposeService = {
  image: string;
  command: string[];
  volumes: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  build?: { dockerfile_inline: string };
};
const compose = parse(readFileSync(join(ROOT, "docker-compose.yml"), "utf8"), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

describe("compose", () => {
  test("services - pinned images, health checks, named volumes, loopback ports", () => {
    expect(Object.keys(compose.services).sort()).toEqual(["collector", "dashboards", "nats", "setup"]);
    expect(service("nats").image).toContain(`:${NATS_RELEASE}-`);
    for (const [name, { image, build, healthcheck, volumes, ports }] of Object.entries(compose.services)) {
      expect(image).toMatch(/:\d+\.\d+\.\d+/);
      if (build !== undefined) expect(build.dockerfile_inline).toMatch(/^FROM node:24\.\d+\.\d+-/);
      if (name !== "setup") expect(healthcheck?.test.length).toBeGreaterThan(1);
      for (const volume of volumes) expect(Object.keys(compose.volumes)).toContain(volume.split(":")[0]);
      for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  test("image - every folder that it copies is there, and every folder that the commands import is copied", () => {
    const inline = service("collector").build?.dockerfile_inline ?? "";
    const copied = [...inline.matchAll(/^COPY (\w+) \w+$/gm)].map(([, folder]) => folder);
    expect(copied.sort()).toEqual(["agent", "bin", "collector", "dashboards", "schemas"]);
  });

  test("commands - each service's own runs here, in the same order, and gets healthy", async (context) => {
    const nats = orSkip(context, await natsServerOrMissing());
    await using folder = await tempFolder();
    const [broker, page, probed] = [await freePort(0), await freePort(0), await freePort(0)];
    const local = (word: string): string =>
      word
        .replace("/etc/mailcensus", folder.file("etc"))
        .replace("/var/lib/mailcensus", folder.file("store"))
        .replace(/^\/data$/, folder.file("broker"))
        .replace("0.0.0.0:4222", `127.0.0.1:${broker}`);
    const words = (name: string): string[] =>
      service(name)
        .command.map(local)
        .filter((word) => word !== "mailcensus");

    await mkdir(folder.file("etc"));
    await mkdir(folder.file("store"));
    const env = { MAILCENSUS_CONFIG: folder.file("etc/mailcensus.toml") };
    const documented = readFileSync(join(ROOT, "docs", "configuration.md"), "utf8");
    const operatorSide = /## The operator's side[\s\S]*?```toml\n([\s\S]*?)```/.exec(documented)?.[1] ?? "";
    const config = operatorSide
      .split("\n")
      .map((line) => line.replace(/(?<==.*)\/(etc|var\/lib)\/mailcensus/, (path) => local(path)))
      .join("\n")
      .replace("nats://nats:4222", `nats://127.0.0.1:${broker}`)
      .replace("port = 8080", `port = ${page}`)
      .replace("127.0.0.1:9464", `127.0.0.1:${probed}`);
    await writeFile(env.MAILCENSUS_CONFIG, config);

    const setup = await run(MAILCENSUS, words("setup"), env);
    expect(setup.stderr).toBe("");
    expect(setup.status).toBe(0);
    await using _server = await Service.start({
      name: "broker",
      command: nats.path,
      args: words("nats"),
      ready: (line) => line.includes("Server is ready"),
    });
    await using collector = new Running(MAILCENSUS, words("collector"), env);
    await collector.line(/collector\.ready/);
    const [, , flag, script] = service("collector").healthcheck?.test ?? [];
    expect(flag).toBe("-e");
    const check = (script ?? "").replace("127.0.0.1:9464", `127.0.0.1:${probed}`);
    expect((await run("-e", [check])).status).toBe(0);
    await using dashboards = new Running(MAILCENSUS, words("dashboards"), env);
    await dashboards.line(/http:\/\//);
    expect((await fetch(`http://127.0.0.1:${page}/healthz`)).status).toBe(200);
  });
});
