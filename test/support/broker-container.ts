/** The broker in a container, where a container engine answers. */
import { readdir, readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import type { BrokerConfig } from "#collector/nats-config-files.ts";
import { NATS_RELEASE } from "#setup/nats-release.ts";
import type { BrokerProcess } from "./broker-process.ts";

const IMAGE = `nats:${NATS_RELEASE}-alpine3.22`;
const SOCKET = "/var/run/docker.sock";

let engine: Promise<boolean> | undefined;

/** Whether an engine answers; asked once a process, and quickly. */
export function hasContainerEngine(): Promise<boolean> {
  engine ??= askEngine();
  return engine;
}

function askEngine(): Promise<boolean> {
  const host = process.env["DOCKER_HOST"];
  const tcp = /^tcp:\/\/([^:/]+):(\d+)/.exec(host ?? "");
  const socket =
    tcp === null
      ? createConnection({ path: host?.replace(/^unix:\/\//, "") ?? SOCKET })
      : createConnection({ host: tcp[1] ?? "", port: Number(tcp[2]) });
  return new Promise((resolve) => {
    const say = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(500, () => say(false));
    socket.once("error", () => say(false));
    socket.once("connect", () => socket.write("GET /_ping HTTP/1.0\r\n\r\n"));
    socket.once("data", (data) => say(data.includes("200 OK")));
  });
}

/** On the host's network, so that the address of the generated configuration is the same inside and outside. */
export async function containerBroker(config: BrokerConfig): Promise<BrokerProcess> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import("testcontainers");
  const certificates = (await readdir(config.folder)).filter((name) => name.endsWith(".pem"));
  const container = await new GenericContainer(IMAGE)
    .withNetworkMode("host")
    .withCopyContentToContainer([
      { content: await readFile(config.serverConfig, "utf8"), target: "/etc/nats.conf" },
      ...(await Promise.all(
        certificates.map(async (name) => ({
          content: await readFile(join(config.folder, name), "utf8"),
          target: join(config.folder, name),
        })),
      )),
    ])
    .withCommand(["-c", "/etc/nats.conf"])
    .withWaitStrategy(Wait.forLogMessage("Server is ready"))
    .start();
  const client = await getContainerRuntimeClient();
  const engineContainer = client.container.getById(container.getId());
  let running = true;
  return {
    async start() {
      if (!running) await engineContainer.start();
      running = true;
    },
    async stop() {
      if (running) await engineContainer.stop();
      running = false;
    },
    async kill() {
      if (running) await engineContainer.kill();
      running = false;
    },
    async [Symbol.asyncDispose]() {
      await container.stop({ remove: true, timeout: 0 });
    },
  };
}
