/** Free ports on loopback. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";

/** Below those that systems give to outgoing connections, so that none of these takes one between the look and its use. */
const FROM = 20_000;
const TO = 32_000;
const TRIES = 50;

/**
 * A port that is free now: `wanted` where it is, otherwise any.
 * @param wanted 0 for any
 */
export async function freePort(wanted: number): Promise<number> {
  if (wanted !== 0 && (await isFree(wanted))) return wanted;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = randomInt(FROM, TO);
    if (await isFree(port)) return port;
  }
  throw new MailcensusError(
    "missing-program",
    `No port between ${FROM} and ${TO} is free on loopback: end what uses them.`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    if (errorCode(error) === "EADDRINUSE" || errorCode(error) === "EACCES") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
