/** Free ports on loopback. */
import { once } from "node:events";
import { createServer } from "node:net";

/** A port that is free now: `wanted` where it is, otherwise one that the system chooses. */
export async function freePort(wanted: number): Promise<number> {
  return (
    (await tryPort(wanted)) ?? (await tryPort(0)) ?? Promise.reject(new Error("no free port on loopback"))
  );
}

async function tryPort(port: number): Promise<number | null> {
  const server = createServer();
  const outcome = Promise.race([
    once(server, "listening").then(() => true),
    once(server, "error").then(() => false),
  ]);
  server.listen(port, "127.0.0.1");
  if (!(await outcome)) return null;
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : null;
}
