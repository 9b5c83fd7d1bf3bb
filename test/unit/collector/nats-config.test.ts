import { createHash } from "node:crypto";
import { decode } from "@nats-io/jwt";
import { describe, expect, test } from "vitest";
import { brokerFiles, newBrokerKeys, parseBrokerKeys, SECRET_FILES } from "#collector/nats-config.ts";
import { parseEnrolment } from "#schemas/enrolment.ts";

/** Bytes that are random to nobody. */
function countedRandom(): (size: number) => Uint8Array {
  let count = 0;
  return (size) => createHash("sha512").update(String(count++)).digest().subarray(0, size);
}

const options = { listen: "127.0.0.1:4222", storeDir: "/var/lib/nats" };
const at = new Date("2026-11-16T00:00:00Z");
const keys = newBrokerKeys(countedRandom());
const files = brokerFiles(keys, options, at);

/** The claims of each account, by name; the library checks the signatures. */
function accounts(
  config: string,
): Record<string, { iss: string; sub: string; nats: Record<string, unknown> }> {
  const tokens = [...config.matchAll(/^ {2}A[A-Z2-7]{55}: (\S+)$/gm)].map((match) =>
    decode<Record<string, unknown>>(match[1] ?? ""),
  );
  return Object.fromEntries(tokens.map((claims) => [claims.name, claims]));
}

describe("nats-config", () => {
  test("files - the same keys, options and time give the same files", () => {
    expect(brokerFiles(newBrokerKeys(countedRandom()), options, at)).toEqual(files);
    const read = parseBrokerKeys(files["operator.json"]);
    expect(read === null ? null : brokerFiles(read, options, at)).toEqual(files);
    for (const text of ["", "{}", "null", "[]", files["enrolment.json"]])
      expect(parseBrokerKeys(text)).toBeNull();
  });

  test("files - no seed stands in what others may read, but the published one", () => {
    for (const [name, text] of Object.entries(files)) {
      if (SECRET_FILES.has(name)) continue;
      const seeds = text.match(/S[OAUN][A-Z2-7]{56}/g) ?? [];
      expect(seeds).toEqual(name === "enrolment.json" ? [keys.enrolment.seed] : []);
    }
    expect(parseEnrolment(files["enrolment.json"])).toEqual({
      account: keys.agents.id,
      signingSeed: keys.enrolment.seed,
    });
  });

  test("accounts - agents reach the collector by service imports and nothing else", () => {
    const { COLLECTOR, AGENTS, SYSTEM } = accounts(files["nats.conf"]);
    for (const account of [COLLECTOR, AGENTS, SYSTEM]) expect(account?.iss).toBe(keys.operator.id);
    const subjects = ["report", "receipt", "rights", "policy"].map((name) => `mailcensus.v1.${name}.*`);
    expect(COLLECTOR?.nats["exports"]).toMatchObject(
      subjects.map((subject) => ({ subject, type: "service" })),
    );
    expect(AGENTS?.nats["imports"]).toMatchObject(
      subjects.map((subject) => ({ subject, type: "service", account: keys.collector.id })),
    );
    expect(AGENTS?.nats).not.toHaveProperty("exports");
    expect(AGENTS?.nats["limits"]).toMatchObject({ leaf: 0, exports: 0, disallow_bearer: true });
    expect(AGENTS?.nats["limits"]).not.toHaveProperty("disk_storage");
    // Agents can't take every place: the collector comes in again after it was cut off.
    const places = Number(/^max_connections: (\d+)$/m.exec(files["nats.conf"])?.[1]);
    const limits = AGENTS?.nats["limits"] as { conn: number } | undefined;
    expect(limits?.conn).toBeGreaterThan(0);
    expect(limits?.conn).toBeLessThan(places);
    expect(SYSTEM?.nats).not.toHaveProperty("imports");
  });

  test("accounts - the published key grants its scope, made out to the token's own id", () => {
    const { AGENTS } = accounts(files["nats.conf"]);
    expect(AGENTS?.nats["signing_keys"]).toEqual([
      {
        kind: "user_scope",
        key: keys.enrolment.id,
        role: "agent",
        template: {
          pub: {
            allow: ["report", "receipt", "rights", "policy"].map(
              (name) => `mailcensus.v1.${name}.{{subject()}}`,
            ),
          },
          sub: { allow: ["_INBOX.{{subject()}}.>"] },
          subs: 8,
          data: -1,
          payload: 1048576,
          bearer_token: false,
          allowed_connection_types: ["STANDARD", "WEBSOCKET"],
        },
      },
    ]);
  });

  test("server - has no listener but the one for clients, and TLS where it is given", () => {
    const plain = files["nats.conf"];
    expect(plain).not.toMatch(/^(leafnodes|mqtt|websocket|cluster|gateway|tls|http)\b/m);
    const config = brokerFiles(
      keys,
      {
        ...options,
        monitor: "127.0.0.1:8222",
        tls: { cert: '/a "b"/cert.pem', key: "/key.pem", ca: "/ca.pem" },
      },
      at,
    )["nats.conf"];
    expect(config).toContain('http: "127.0.0.1:8222"');
    expect(config).toContain('cert_file: "/a \\"b\\"/cert.pem"');
    expect(config).toContain("verify: true");
  });
});
