/** The server: reads, never changes. */
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { hostName, isLoopback, SECURITY_HEADERS } from "./headers.ts";
import { censusRoute } from "./routes/census.ts";
import { healthRoute } from "./routes/health.ts";
import { staticRoutes } from "./routes/static.ts";
import type { Site } from "./site.ts";
import { MESSAGES, messagePage } from "./views/message.ts";

/**
 * Makes the server without listening.
 * @param loopbackOnly answer to the names of this machine alone: a page elsewhere whose name is made
 *   to point here (DNS rebinding) mustn't read the figures through the operator's own browser
 */
export function createServer(site: Site, loopbackOnly: boolean): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: 1024,
    forceCloseConnections: true,
    requestTimeout: 10_000,
    // A URL that can't be decoded is met before the hooks.
    frameworkErrors: (_error, _request, reply) =>
      refuse(reply.headers(SECURITY_HEADERS), site, 404, "not-found"),
  });
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (loopbackOnly && !isLoopback(hostName(request.headers.host ?? "")))
      return refuse(reply, site, 421, "host");
    if (request.method !== "GET" && request.method !== "HEAD") {
      reply.header("allow", "GET, HEAD");
      return refuse(reply, site, 405, "method");
    }
    return undefined;
  });
  server.setNotFoundHandler((_request, reply) => refuse(reply, site, 404, "not-found"));
  server.setErrorHandler((_error, _request, reply) => refuse(reply, site, 500, "internal"));
  censusRoute(server, site);
  healthRoute(server, site);
  staticRoutes(server);
  return server;
}

function refuse(
  reply: FastifyReply,
  site: Site,
  status: number,
  message: "host" | "method" | "not-found" | "internal",
): FastifyReply {
  return reply
    .code(status)
    .type("text/html; charset=utf-8")
    .send(messagePage(MESSAGES[message], site).toString());
}
