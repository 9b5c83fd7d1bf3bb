import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, connect as dial } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { natsPublisher } from "#agent/publisher-nats.ts";
import { connectBroker } from "#collector/broker.ts";
import { createAuthority } from "#demo/certificates.ts";
import { encodeSignature, signDigest } from "#schemas/envelope.ts";
import { identityFrom } from "#schemas/nkey.ts";
import { type Broker, type BrokerTls, startBroker } from "#support/broker.ts";
import { ALIVE, SILENT } from "#support/chain.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";
import { readStore, startCollector, untilDrained } from "./harness.ts";

const DAY_MS = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);
const VALID: BrokerTls = { names: ["localhost", "127.0.0.1"], from: inDays(-1), to: inDays(1) };

/** As the collector comes in, and as an agent does. */
async function connectBoth(broker: Pick<Broker, "credentials" | "enrolment">, url: string, ca?: string) {
  const asCollector = async (): Promise<void> => {
    const address = { servers: [url], credentials: broker.credentials };
    const trusted = ca === undefined ? address : { ...address, ca };
    await using _connection = await connectBroker(trusted, SILENT, ALIVE);
  };
  const asAgent = async (): Promise<void> => {
    const collector = identityFrom(randomBytes(32)).id;
    const settings = { servers: [url], enrolment: broker.enrolment, collector, ca: ca ?? null };
    await using _connection = await natsPublisher(settings, testIdentity(1)).connect(ALIVE);
  };
  return Promise.allSettled([asCollector(), asAgent()]);
}

const refused = (about: RegExp) => {
  const reason = expect.objectContaining({
    code: "broker-refused",
    exit: 77,
    message: expect.stringMatching(about),
  });
  return [
    { status: "rejected", reason },
    { status: "rejected", reason },
  ];
};

describe("tls", () => {
  let broker: Broker;
  let folder: TempFolder;
  beforeAll(async () => {
    broker = await startBroker(undefined, VALID);
    folder = await tempFolder();
  });
  afterAll(async () => {
    await broker[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test("report - goes from agent to store over TLS alone", async () => {
    await using collector = await startCollector(broker, folder);
    const identity = testIdentity(1);
    const settings = {
      servers: [broker.url],
      enrolment: broker.enrolment,
      collector: collector.key,
      ca: broker.ca ?? "",
    };
    await using connection = await natsPublisher(settings, identity).connect(ALIVE);
    const { bytes, sha256 } = signedReport(identity);
    const signature = encodeSignature(signDigest("report", Buffer.from(sha256, "hex"), identity.privateKey));
    await connection.publish({ bytes, sha256, signature });
    await untilDrained(await broker.connectCollector());
    await readStore(collector.storeUrl, (reader) => {
      expect(reader.reportBytes(identity.id, sha256)).toEqual(bytes);
    });
  });

  test("names - a certificate's name and its address are both taken", async () => {
    for (const host of ["localhost", "127.0.0.1"]) {
      const found = await connectBoth(broker, `tls://${host}:${broker.port}`, broker.ca);
      expect(found).toMatchObject([{ status: "fulfilled" }, { status: "fulfilled" }]);
    }
  });

  test("names - an address is held against the certificate's addresses, not against a name", async () => {
    await using named = await startBroker(undefined, { ...VALID, names: ["localhost"] });
    expect(await connectBoth(named, named.url, named.ca)).toEqual(refused(/another name/));
    await using addressed = await startBroker(undefined, { ...VALID, names: ["127.0.0.1"] });
    const found = await connectBoth(addressed, addressed.url, addressed.ca);
    expect(found).toMatchObject([{ status: "fulfilled" }, { status: "fulfilled" }]);
  });

  test("authority - one that isn't trusted is refused, with what to do", async () => {
    const stranger = folder.file("stranger.pem");
    await writeFile(stranger, (await createAuthority(inDays(-1), inDays(1))).certificate);
    expect(await connectBoth(broker, broker.url, stranger)).toEqual(refused(/nats\.ca/));
    expect(await connectBoth(broker, broker.url)).toEqual(refused(/nats\.ca/));
  });

  test.each([
    ["expired", { ...VALID, from: inDays(-3), to: inDays(-1) }, /expired/],
    ["not valid yet", { ...VALID, from: inDays(1), to: inDays(3) }, /valid yet/],
    ["for another name", { ...VALID, names: ["elsewhere.example"] }, /another name/],
  ])("certificate - one that is %s is refused, with what to do", async (_, tls, about) => {
    await using other = await startBroker(undefined, tls);
    expect(await connectBoth(other, other.url, other.ca)).toEqual(refused(about));
  });

  test("in the clear - the broker takes no word, and no reports", async () => {
    const socket = dial(broker.port, "127.0.0.1");
    const said: string[] = [];
    socket.on("data", (chunk: Buffer) => said.push(chunk.toString("latin1")));
    socket.on("error", () => undefined);
    await once(socket, "data");
    expect(said.join("")).toContain('"tls_required":true');
    socket.write('CONNECT {"verbose":true}\r\nPUB mailcensus.v1.report.X 2\r\n{}\r\nPING\r\n');
    await once(socket, "close");
    expect(said.join("")).not.toMatch(/\+OK|PONG/);
  });

  test("in the clear - a server that speaks no TLS hears nothing from those who ask for it", async () => {
    const heard: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined).on("data", (chunk: Buffer) => heard.push(chunk));
      socket.write(
        'INFO {"server_id":"X","version":"2.12.2","proto":1,"headers":true,"max_payload":1048576,"nonce":"abc"}\r\n',
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await connectBoth(broker, `tls://${at}`)).toEqual(refused(/speaks no TLS/));
      expect(await connectBoth(broker, `nats://${at}`, broker.ca)).toEqual(refused(/speaks no TLS/));
      expect(Buffer.concat(heard).length).toBe(0);
    } finally {
      server.close();
    }
  });
});
