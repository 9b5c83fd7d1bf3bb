/**
 * A stream that met the end of its disk. nats-server (2.15) remembers the write that failed: from then on
 * the stream takes no message, forgets none and answers no publish, also when there is room again, until
 * the broker is started anew. It still gives what it holds.
 */
import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";

/** No stream ever gets there. */
const NO_SEQUENCE = Number.MAX_SAFE_INTEGER;
/** What the operating system says of a write that failed, as nats-server passes it on. */
const WRITE_FAILED =
  /no space left on device|disk quota exceeded|input\/output error|read-only file system|file too large/;

/**
 * Whether a stream can't write any more: asked by having it forget a message that there never was. A purge
 * would tell it too, also one of nothing, but makes consumers forget what they were to deliver again.
 *
 * @throws as the client does where the broker doesn't answer
 */
export async function isStuck(jsm: JetStreamManager, stream: string): Promise<boolean> {
  try {
    await jsm.streams.deleteMessage(stream, NO_SEQUENCE, false);
    return false;
  } catch (error) {
    if (error instanceof JetStreamApiError) return WRITE_FAILED.test(error.message);
    throw error;
  }
}
