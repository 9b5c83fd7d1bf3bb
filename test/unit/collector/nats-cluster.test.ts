import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { COLLECTOR_COMMANDS } from "#collector/commands.ts";
import { brokerFiles, newBrokerKeys } from "#collector/nats-config.ts";
import type { CommandContext, Flags } from "#schemas/common/command.ts";

const at = new Date("2026-11-16T00:00:00Z");
const keysOf = (seed: string) => {
  let count = 0;
  return newBrokerKeys((size) => createHash("sha512").update(`${seed}${count++}`).digest().subarray(0, size));
};
const keys = keysOf("one");
const routes = ["a.example:6222", "b.example:6222"];

function nodeFile(serverName: string, from = keys): string {
  const options = { listen: "0.0.0.0:4222", storeDir: "/data", serverName };
  return brokerFiles(from, { ...options, cluster: { name: "c", listen: "0.0.0.0:6222", routes } }, at)[
    "nats.conf"
  ];
}

const passwordIn = (text: string) => /password: "([^"]+)"/.exec(text)?.[1];

async function faultsOf(flags: Flags): Promise<string> {
  const command = COLLECTOR_COMMANDS.find(({ name }) => name.join(" ") === "collector nats-config");
  const { run } = (await command?.load()) ?? {};
  const context = { flags, now: () => at, json: false, write: () => undefined };
  return run === undefined
    ? ""
    : run(context as unknown as CommandContext).then(
        () => "none",
        (error: Error) => error.message,
      );
}

describe("nats-config", () => {
  test("cluster - nodes made from the same keys differ in their name alone, and share a password that others haven't", () => {
    const [a, b] = [nodeFile("a"), nodeFile("b")];
    expect(a.replace('server_name: "a"', 'server_name: "b"')).toBe(b);
    const password = passwordIn(a) ?? "";
    expect(password).toMatch(/^[0-9a-f]{64}$/);
    for (const route of routes) expect(a).toContain(`nats-route://mailcensus-route:${password}@${route}`);
    expect(passwordIn(nodeFile("a", keysOf("two")))).not.toBe(password);
    // Nothing of the operator's own key stands in it.
    expect(a).not.toContain(keys.operator.seed);
  });

  test("cluster - without its options there is no listener for nodes", () => {
    const alone = brokerFiles(keys, { listen: "127.0.0.1:4222", storeDir: "/data" }, at)["nats.conf"];
    expect(alone).not.toMatch(/cluster|route/);
    expect(alone).toContain('server_name: "mailcensus"');
  });

  test("cluster - options that don't belong together are told, all at once", async () => {
    expect(await faultsOf({ "cluster-listen": "0.0.0.0:6222" })).toMatch(/--route.*\n--cluster-listen/);
    expect(await faultsOf({ route: ["x"] })).toMatch(/--route: expected HOST:PORT.*\n.*both or neither/);
    expect(await faultsOf({ "server-name": "../x" })).toMatch(/--server-name/);
    expect(await faultsOf({ "cluster-tls-ca": "ca.pem" })).toMatch(/--tls-cert/);
  });
});
