/** Reads what somebody names on a command line: never more than is of use, whatever it is. */
import { createReadStream } from "node:fs";

/** The largest schema that is looked at, in bytes. */
export const MAX_SCHEMA_BYTES = 16 * 1024 * 1024;

/**
 * At most `limit` bytes of a file, or of the standard input for `-`: a device that never ends, or a
 * flood on a pipe, is read no further.
 * @throws what the file system throws
 */
export async function readBounded(path: string, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = path === "-" ? process.stdin : createReadStream(path);
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
