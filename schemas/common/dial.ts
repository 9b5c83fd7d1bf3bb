/**
 * Opening a connection to the broker without leaving anything behind. The client forgets the socket of an
 * attempt that took too long: where the other side accepts and then says nothing, it would keep the
 * process from ending, and each further attempt would leave one more.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { NatsConnection } from "@nats-io/transport-node";

/** `sockets` is null once it doesn't matter any more which there are; `over` once none may be. */
type Attempt = { sockets: Set<Socket> | null; over: boolean };

const attempts = new AsyncLocalStorage<Attempt>();
let isWatching = false;

/**
 * What `open` gives; where it fails, or the signal comes first, each socket that it has opened is closed.
 *
 * @throws whatever `open` throws, or the signal's reason
 */
export async function dial(
  open: () => Promise<NatsConnection>,
  signal: AbortSignal,
): Promise<NatsConnection> {
  signal.throwIfAborted();
  watch();
  const attempt: Attempt = { sockets: new Set(), over: false };
  const opening = attempts.run(attempt, open);
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    attempt.over = true;
    for (const socket of attempt.sockets ?? []) socket.destroy();
    // Whatever still comes of it is closed too.
    opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  } finally {
    attempt.sockets = null;
    signal.removeEventListener("abort", onAbort);
  }
}

/** Node tells of each socket where it is made, so also in whose work. */
function watch(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe("net.client.socket", (message) => {
    const attempt = attempts.getStore();
    const { socket } = message as { socket: Socket };
    attempt?.sockets?.add(socket);
    // It isn't connecting yet.
    if (attempt?.over === true) setImmediate(() => socket.destroy());
  });
}
