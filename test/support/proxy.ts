/** A network that can be cut in the middle of a frame, or fall silent. */
import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

export type Proxy = AsyncDisposable & {
  readonly url: string;
  /** How often somebody came. */
  readonly connections: number;
  /** How often it was cut in the middle. */
  readonly cuts: number;
  /** Lets so many more bytes through, towards the broker (up) or from it, then cuts every connection. */
  cutAfter(bytes: number, way?: "up" | "down"): void;
  /** Nothing passes any more, in either direction, and nobody is told. */
  stall(): void;
  /** Passes everything again; what was stalled is cut. */
  pass(): void;
};

export async function startProxy(port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const left = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
  let stalled = false;
  let connections = 0;
  let cuts = 0;
  const cutAll = (): void => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
    pairs.clear();
  };
  const server = createServer((near) => {
    connections += 1;
    const far = dial(port, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    const carry = (from: Socket, to: Socket, way: "up" | "down"): void => {
      from.on("data", (chunk) => {
        if (stalled) return;
        to.write(chunk.subarray(0, left[way]));
        left[way] -= chunk.length;
        if (left[way] > 0) return;
        left[way] = Number.POSITIVE_INFINITY;
        cuts += 1;
        // What was let through gets there.
        to.end(cutAll);
      });
    };
    carry(near, far, "up");
    carry(far, near, "down");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    get cuts() {
      return cuts;
    },
    cutAfter(bytes, way = "up") {
      left[way] = bytes;
    },
    stall() {
      stalled = true;
    },
    pass() {
      stalled = false;
      cutAll();
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
}
