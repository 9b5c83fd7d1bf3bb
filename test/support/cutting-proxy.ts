/** A TCP proxy that cuts its first connection in the middle of what passes, and lets the others through. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export type Direction = "up" | "down";

export class CuttingProxy implements AsyncDisposable {
  readonly url: string;
  /** Bytes that passed, up being what clients said. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** How many connections were cut. */
  readonly cuts: () => number;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(
    server: Server,
    sockets: ReadonlySet<Socket>,
    passed: Readonly<Record<Direction, number>>,
    cuts: () => number,
  ) {
    this.#server = server;
    this.#sockets = sockets;
    this.passed = passed;
    this.cuts = cuts;
    this.url = `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /**
   * Listens on a free loopback port and passes everything on to another.
   * @param cut after how many bytes in which direction; nothing is cut where it is null
   */
  static async start(
    target: number,
    cut: { readonly direction: Direction; readonly bytes: number } | null,
  ): Promise<CuttingProxy> {
    const sockets = new Set<Socket>();
    const passed = { up: 0, down: 0 };
    let cuts = 0;
    const server = createServer((client) => {
      const far = connect(target, "127.0.0.1");
      const end = (): void => {
        client.destroy();
        far.destroy();
      };
      for (const [direction, from, to] of [
        ["up", client, far],
        ["down", far, client],
      ] as const) {
        sockets.add(from);
        from.on("data", (chunk: Buffer) => {
          const left = cut?.direction === direction && cuts === 0 ? cut.bytes - passed[direction] : Infinity;
          const piece = chunk.subarray(0, left);
          passed[direction] += piece.length;
          if (piece.length === chunk.length) {
            to.write(piece);
            return;
          }
          cuts += 1;
          // What is before the cut arrives.
          to.write(piece, () => end());
        });
        from.on("error", end);
        from.on("close", () => {
          sockets.delete(from);
          to.end();
        });
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CuttingProxy(server, sockets, passed, () => cuts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}
