import { sign } from "node:crypto";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentAuthenticator } from "#schemas/enrolment.ts";
import { encodeToken } from "#schemas/jwt.ts";
import { type Identity, identityOfSeed } from "#schemas/nkey.ts";
import { receiptSubject, reportSubject } from "#schemas/subjects.ts";
import { type Broker, startBroker } from "#support/broker.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { makeStream, publish, streamState } from "./harness.ts";

/** Sends and waits until the broker has dealt with it. */
async function say(agent: NatsConnection, subject: string, reply?: string): Promise<void> {
  agent.publish(subject, "{}", reply === undefined ? {} : { reply });
  await agent.flush();
}

describe("broker", () => {
  let broker: Broker;
  let inside: NatsConnection;
  const alice = testIdentity(1);
  const bob = testIdentity(2);
  beforeAll(async () => {
    broker = await startBroker();
    inside = await broker.connectCollector();
    await makeStream(inside);
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  test("agents - reply subjects reach neither the broker's API nor another's subject", async () => {
    const agent = await broker.connectAgent(alice);
    await publish(agent, signedReport(alice));
    const before = await streamState(inside);
    const targets = [
      "$JS.API.STREAM.PURGE.REPORTS",
      "$JS.API.STREAM.DELETE.REPORTS",
      "$JS.API.CONSUMER.DELETE.REPORTS.collector",
      reportSubject(bob.id),
      reportSubject(alice.id),
      receiptSubject(bob.id),
    ];
    for (const reply of targets) await say(agent, reportSubject(alice.id), reply);
    const after = await streamState(inside);
    expect(after.created).toBe(before.created);
    // Its own messages, and no ack among them.
    expect(after.waiting).toBe(before.waiting + targets.length);
    const jsm = await jetstreamManager(inside);
    for (let seq = before.last + 1; seq <= after.last; seq++) {
      const message = await jsm.streams.getMessage("REPORTS", { seq });
      expect(message?.subject).toBe(reportSubject(alice.id));
      expect(message?.string()).toBe("{}");
    }
  });

  test.each([
    ["another's report", reportSubject(bob.id)],
    ["another's receipts", receiptSubject(bob.id)],
    ["the broker's API", "$JS.API.STREAM.PURGE.REPORTS"],
    ["the broker's API by domain", "$JS.hub.API.STREAM.PURGE.REPORTS"],
    ["acks", "$JS.ACK.REPORTS.collector.1.1.1.1.0"],
    ["the system", "$SYS.REQ.SERVER.PING"],
    ["another's inbox", `_INBOX.${bob.id}.x`],
    ["its own inbox", `_INBOX.${alice.id}.x`],
    ["anything else", "hello"],
  ])("agents - may not publish to %s", async (_, subject) => {
    const before = await streamState(inside);
    const agent = await broker.connectAgent(alice);
    await expect(violation(agent, () => agent.publish(subject, "{}"))).resolves.toMatch(
      /permissions violation/i,
    );
    expect(await streamState(inside)).toEqual(before);
  });

  test.each([
    ["another's inbox", `_INBOX.${bob.id}.>`],
    ["all inboxes", "_INBOX.>"],
    ["any inbox", "_INBOX.*.>"],
    ["everything", ">"],
    ["reports", "mailcensus.v1.report.*"],
    ["its own reports", reportSubject(alice.id)],
    ["receipts", "mailcensus.v1.receipt.*"],
    ["replies", "_R_.>"],
    ["advisories", "$JS.EVENT.>"],
  ])("agents - may not listen to %s", async (_, subject) => {
    const agent = await broker.connectAgent(alice);
    await expect(
      violation(agent, () => void agent.subscribe(subject, { callback: () => undefined })),
    ).resolves.toMatch(/permissions violation/i);
  });

  test("agents - a stranger's Nats-Msg-Id suppresses nobody's report", async () => {
    const agent = await broker.connectAgent(alice);
    const victim = signedReport(bob);
    const head = headers();
    head.set("Nats-Msg-Id", victim.sha256);
    await jetstream(agent).publish(reportSubject(alice.id), "x", { headers: head });
    const honest = await broker.connectAgent(bob);
    const ack = await jetstream(honest).publish(victim.subject, victim.bytes, { headers: victim.headers });
    expect(ack.duplicate).toBe(false);
  });

  test("agents - more than 1 MiB, and more than a few subscriptions, are refused", async () => {
    const agent = await broker.connectAgent(alice);
    const before = await streamState(inside);
    expect(() => agent.publish(reportSubject(alice.id), Buffer.alloc(1024 * 1024 + 1))).toThrow();
    const many = await broker.connectAgent(alice);
    const flood = violation(many, () => {
      for (let n = 0; n < 20; n++) many.subscribe(`_INBOX.${alice.id}.${n}`, { callback: () => undefined });
    });
    await expect(flood).resolves.toMatch(/maximum subscriptions/i);
    expect(await streamState(inside)).toEqual(before);
  });

  test("agents - a token is only for its own key, and grants itself nothing", async () => {
    const signer = identityOfSeed(broker.enrolment.signingSeed, "account");
    if (signer === null) throw new Error("no signing key");
    const nats = { issuer_account: broker.enrolment.account, type: "user" as const };
    const tokens: Record<string, string> = {
      "another's id": encodeToken({ name: "agent", sub: bob.id, nats }, signer, new Date()),
      "its own permissions": encodeToken(
        { name: "agent", sub: alice.id, nats: { ...nats, pub: { allow: [">"] } } },
        signer,
        new Date(),
      ),
      "no signature needed": encodeToken(
        { name: "agent", sub: alice.id, nats: { ...nats, bearer_token: true } },
        signer,
        new Date(),
      ),
      "signed by itself": encodeToken({ name: "agent", sub: alice.id, nats }, alice, new Date()),
    };
    for (const [what, jwt] of Object.entries(tokens)) {
      await expect(connectWith(broker, alice, jwt), what).rejects.toThrow(/authorization/i);
    }
    const own = agentAuthenticator(alice, broker.enrolment)("x");
    expect(own).toMatchObject({ nkey: alice.id });
  });
});

async function connectWith({ url }: Broker, identity: Identity, jwt: string): Promise<void> {
  const connection = await connect({
    servers: url,
    reconnect: false,
    authenticator: (nonce) => ({
      jwt,
      nkey: identity.id,
      sig: sign(null, Buffer.from(nonce ?? ""), identity.privateKey).toString("base64"),
    }),
  });
  await connection.close();
}

/** The next error that the broker tells this connection. */
async function violation(connection: NatsConnection, act: () => void): Promise<string> {
  const told = (async () => {
    for await (const status of connection.status()) {
      if (status.type === "error") return status.error.message;
      if (status.type === "disconnect") return "disconnected";
    }
    return "closed";
  })();
  act();
  await connection.flush().catch(() => undefined);
  return told;
}
