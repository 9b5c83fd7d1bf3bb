/** An agent that speaks the broker's protocol by hand, so that it can say what no client library would. */
import { once } from "node:events";
import { connect } from "node:net";
import { agentAuthenticator } from "#schemas/enrolment.ts";
import type { Identity } from "#schemas/nkey.ts";
import type { Broker } from "#support/broker.ts";

/** A message with these bytes for header lines. */
export function rawMessage(subject: string, lines: string, body = "{}"): Buffer {
  const head = Buffer.from(`NATS/1.0\r\n${lines}\r\n\r\n`, "utf8");
  const payload = Buffer.from(body);
  const verb = `HPUB ${subject} ${head.length} ${head.length + payload.length}\r\n`;
  return Buffer.concat([Buffer.from(verb), head, payload, Buffer.from("\r\n")]);
}

/** Sends messages as this agent and waits until the broker has read them all. */
export async function sendRaw(
  broker: Broker,
  identity: Identity,
  messages: readonly Buffer[],
): Promise<void> {
  const socket = connect(broker.port, "127.0.0.1");
  try {
    let said = "";
    const saying = async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(said)) {
        const [chunk] = (await once(socket, "data")) as [Buffer];
        said += chunk.toString("latin1");
      }
      return said;
    };
    const info = JSON.parse(/INFO (\{.*\})/.exec(await saying(/INFO .*\r\n/))?.[1] ?? "{}") as {
      nonce?: string;
    };
    const proof = agentAuthenticator(identity, broker.enrolment)(info.nonce);
    const hello = {
      verbose: false,
      pedantic: false,
      headers: true,
      protocol: 1,
      lang: "raw",
      version: "0",
      ...proof,
    };
    socket.write(`CONNECT ${JSON.stringify(hello)}\r\nPING\r\n`);
    await saying(/PONG\r\n/);
    said = "";
    for (const message of messages) socket.write(message);
    socket.write("PING\r\n");
    await saying(/PONG\r\n/);
  } finally {
    socket.destroy();
  }
}
