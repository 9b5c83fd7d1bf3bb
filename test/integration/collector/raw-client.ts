/** An agent that speaks the broker's protocol by hand, so that it can say what no client library would. */
import { connect, type Socket } from "node:net";
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

export type RawAgent = AsyncDisposable & {
  readonly socket: Socket;
  write(bytes: Buffer | string): void;
  /** Waits until the broker has said something like it since the last time; what it said. */
  saying(pattern: RegExp): Promise<string>;
  /** Waits until the broker has read everything; throws where it hangs up instead. */
  flush(): Promise<void>;
  /** When the broker hung up: what it said last. */
  readonly hungUp: Promise<string>;
};

/** A connection as this agent, let in by the broker. */
export async function rawAgent(broker: Broker, identity: Identity): Promise<RawAgent> {
  const socket = connect(broker.port, "127.0.0.1");
  let said = "";
  let last = "";
  let closed = false;
  let look: () => void = () => undefined;
  socket.on("data", (chunk: Buffer) => {
    said += chunk.toString("latin1");
    last = said.slice(-500);
    look();
  });
  socket.on("error", () => undefined);
  const hungUp = new Promise<string>((resolve) => {
    socket.once("close", () => {
      closed = true;
      look();
      resolve(last);
    });
  });
  const saying = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(said)) {
      if (closed) throw new Error(`the broker hung up: ${last}`);
      await new Promise<void>((resolve) => {
        look = resolve;
      });
    }
    const heard = said;
    said = "";
    return heard;
  };
  const info = JSON.parse(/INFO (\{.*\})/.exec(await saying(/INFO .*\r\n/))?.[1] ?? "{}") as {
    nonce?: string;
  };
  const hello = {
    verbose: false,
    pedantic: false,
    headers: true,
    protocol: 1,
    lang: "raw",
    version: "0",
    ...agentAuthenticator(identity, broker.enrolment)(info.nonce),
  };
  socket.write(`CONNECT ${JSON.stringify(hello)}\r\nPING\r\n`);
  await saying(/PONG\r\n/);
  return {
    socket,
    hungUp,
    saying,
    write: (bytes) => void socket.write(bytes),
    async flush() {
      socket.write("PING\r\n");
      await saying(/PONG\r\n/);
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await hungUp;
    },
  };
}

/** Sends messages as this agent and waits until the broker has read them all. */
export async function sendRaw(
  broker: Broker,
  identity: Identity,
  messages: readonly Buffer[],
): Promise<void> {
  await using agent = await rawAgent(broker, identity);
  for (const message of messages) agent.write(message);
  await agent.flush();
}
