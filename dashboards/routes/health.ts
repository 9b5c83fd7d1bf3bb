/** `/healthz`: whether the page can be made; a store without reports is healthy. */
import type { FastifyInstance } from "fastify";
import { find, type Site } from "../site.ts";

export function healthRoute(server: FastifyInstance, site: Site): void {
  server.get("/healthz", async (_request, reply) => {
    const { kind } = await find(site, null);
    const healthy = kind === "census" || kind === "empty";
    reply.code(healthy ? 200 : 503).type("application/json; charset=utf-8");
    return reply.send(JSON.stringify({ status: healthy ? "ok" : kind }));
  });
}
