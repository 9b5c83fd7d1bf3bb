/** A network that can be cut in the middle of a frame, or fall silent. */
import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

export type Proxy = AsyncDisposable & {
  readonly url: string;
  /** How often somebody came. */
  readonly connections: number;
  /** Lets so many more bytes through towards the broker, then cuts every connection. */
  cutAfter(bytes: number): void;
  /** Nothing passes any more, in either direction, and nobody is told. */
  stall(): void;
  /** Passes everything again; what was stalled is cut. */
  pass(): void;
};

export async function startProxy(port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let left = Number.POSITIVE_INFINITY;
  let stalled = false;
  let connections = 0;
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
    near.on("data", (chunk) => {
      if (stalled) return;
      far.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      left = Number.POSITIVE_INFINITY;
      // What was let through gets there.
      far.end(cutAll);
    });
    far.on("data", (chunk) => {
      if (!stalled) near.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    cutAfter(bytes) {
      left = bytes;
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
