import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "#demo/ports.ts";

test("ports - one that is wanted and free is given", async () => {
  const port = await freePort(0);
  expect(await freePort(port)).toBe(port);
});

test("ports - one that is in use is not", async () => {
  const taken = await freePort(0);
  const server = createServer().listen(taken, "127.0.0.1");
  await once(server, "listening");
  expect(await freePort(taken)).not.toBe(taken);
  server.close();
});
