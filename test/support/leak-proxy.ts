/** A TCP proxy that keeps every byte, in both directions. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A connection's bytes: `up` is what the client said. */
export type Recorded = { readonly up: Buffer[]; readonly down: Buffer[] };

export class RecordingProxy implements AsyncDisposable {
  readonly connections: Recorded[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, connections: Recorded[], sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.connections = connections;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Listens on a free loopback port and passes everything on to another. */
  static async start(target: number): Promise<RecordingProxy> {
    const connections: Recorded[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const record: Recorded = { up: [], down: [] };
      connections.push(record);
      const far = connect(target, "127.0.0.1");
      for (const [from, to, into] of [
        [client, far, record.up],
        [far, client, record.down],
      ] as const) {
        sockets.add(from);
        from.on("data", (chunk: Buffer) => {
          into.push(chunk);
          to.write(chunk);
        });
        from.on("end", () => to.end());
        from.on("error", () => to.destroy());
        from.on("close", () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RecordingProxy(server, connections, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}

/** Heads and payloads of the messages in one direction of a NATS connection, each by itself. */
export function framesOf(wire: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  const text = wire.toString("latin1");
  const verb = /(?:^|\r\n)H?(?:PUB|MSG) [^\r\n]*?(?:(\d+) )?(\d+)\r\n/g;
  for (let match = verb.exec(text); match !== null; match = verb.exec(text)) {
    const isHeaded = match[0].trimStart().startsWith("H");
    const head = isHeaded ? Number(match[1]) : 0;
    const begin = match.index + match[0].length;
    const end = begin + Number(match[2]);
    frames.push(wire.subarray(begin + head, end));
    // The line's own end may be the beginning of the next verb's.
    verb.lastIndex = end;
  }
  return frames;
}
