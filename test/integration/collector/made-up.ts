/** Mints identities and has each send a report over a connection of its own, as the broker asks of it. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { agentAuthenticator } from "#schemas/enrolment.ts";
import { HEADER } from "#schemas/envelope.ts";
import { type Identity, identityFrom } from "#schemas/nkey.ts";
import type { Broker } from "#support/broker.ts";
import { type SignedReport, signedReport } from "#support/reports.ts";

const AT_ONCE = 48;

/** So many identities that nobody has ever heard of send a valid report each; gives them all. */
export async function sendMadeUp(broker: Broker, count: number): Promise<readonly Identity[]> {
  const identities: Identity[] = [];
  const sender = async (): Promise<void> => {
    while (identities.length < count) {
      const identity = identityFrom(randomBytes(32));
      identities.push(identity);
      await sendOnce(broker, identity, signedReport(identity, { domains: 1, level: "counts" }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return identities;
}

/** Connects, says it, and waits until the broker has read it. */
async function sendOnce(broker: Broker, identity: Identity, report: SignedReport): Promise<void> {
  const socket = connect(broker.port, "127.0.0.1");
  socket.setNoDelay(true);
  try {
    const info = /INFO (\{.*\})/.exec(await heard(socket, "\r\n"))?.[1] ?? "{}";
    const { nonce } = JSON.parse(info) as { nonce?: string };
    const hello = {
      verbose: false,
      pedantic: false,
      headers: true,
      lang: "raw",
      version: "0",
      protocol: 1,
      ...agentAuthenticator(identity, broker.enrolment)(nonce),
    };
    const lines = Object.values(HEADER)
      .flatMap((name) => report.headers.values(name).map((value) => `${name}: ${value}`))
      .join("\r\n");
    const head = Buffer.from(`NATS/1.0\r\n${lines}\r\n\r\n`);
    socket.write(
      Buffer.concat([
        Buffer.from(`CONNECT ${JSON.stringify(hello)}\r\n`),
        Buffer.from(`HPUB ${report.subject} ${head.length} ${head.length + report.bytes.length}\r\n`),
        head,
        report.bytes,
        Buffer.from("\r\nPING\r\n"),
      ]),
    );
    await heard(socket, "PONG");
  } finally {
    socket.destroy();
  }
}

async function heard(socket: Socket, what: string): Promise<string> {
  let said = "";
  while (!said.includes(what)) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    said += chunk.toString("latin1");
    if (said.includes("-ERR")) throw new Error(said);
  }
  return said;
}
