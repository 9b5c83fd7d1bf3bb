/** A connection that isn't made leaves nothing behind. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect } from "@nats-io/transport-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { dial } from "#schemas/common/dial.ts";

/** Accepts, and says nothing. */
async function silentServer(): Promise<{ url: string; met: Promise<Socket> }> {
  const server = createServer();
  const met = once(server, "connection").then(([socket]) => socket as Socket);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`, met };
}

describe("dial", () => {
  test("silence - what took too long is closed", async () => {
    const { url, met } = await silentServer();
    const dialing = dial(() => connect({ servers: url, timeout: 50 }), new AbortController().signal);
    const closed = met.then((socket) => once(socket.resume(), "close"));
    await expect(dialing).rejects.toThrow();
    await closed;
  });

  test("signal - ends it at once, and closes what it has opened", async () => {
    const { url, met } = await silentServer();
    const stop = new AbortController();
    const dialing = dial(() => connect({ servers: url, timeout: 60_000 }), stop.signal);
    const closed = met.then((socket) => once(socket.resume(), "close"));
    await Promise.all([
      expect(dialing).rejects.toThrow("enough"),
      met.then(() => stop.abort(new Error("enough"))),
    ]);
    await closed;
  });

  test("signal - one that came before opens nothing", async () => {
    const opened: string[] = [];
    const open = () => {
      opened.push("one");
      return connect({ servers: "nats://127.0.0.1:1" });
    };
    await expect(dial(open, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    expect(opened).toEqual([]);
  });
});
