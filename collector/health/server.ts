/** `/healthz`, `/livez` and `/metrics`, for the operator's own machines: reads, and names nobody. */
import fastify from "fastify";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { Figures } from "./figures.ts";
import type { Verdict } from "./verdict.ts";

export type HealthServer = AsyncDisposable & {
  /** `http://HOST:PORT` */
  readonly url: string;
};

export type Served = {
  readonly verdict: () => Promise<Verdict>;
  readonly figures: () => Promise<string>;
  readonly contentType: Figures["contentType"];
};

/**
 * @param listen `HOST:PORT`, IPv6 in brackets
 * @throws MailcensusError `config-invalid` where nobody can listen there
 */
export async function startHealthServer(listen: string, served: Served): Promise<HealthServer> {
  const server = fastify({
    logger: false,
    bodyLimit: 1024,
    forceCloseConnections: true,
    requestTimeout: 10_000,
  });
  server.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  });
  server.get("/livez", async () => ({ status: "ok" }));
  server.get("/healthz", async (_request, reply) => {
    const verdict = await served.verdict();
    return reply.code(verdict.status === "ok" ? 200 : 503).send(verdict);
  });
  server.get("/metrics", async (_request, reply) =>
    reply.type(served.contentType).send(await served.figures()),
  );
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ status: "not-found" }));
  server.setErrorHandler((_error, _request, reply) => reply.code(500).send({ status: "internal" }));
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  try {
    const url = await server.listen({ host, port: Number(listen.slice(colon + 1)) });
    return { url, [Symbol.asyncDispose]: () => server.close() };
  } catch (cause) {
    await server.close();
    throw new MailcensusError(
      "config-invalid",
      `collector.listen: nobody can listen there (${errorCode(cause) ?? "unknown"}): name a HOST:PORT of this machine that is free, one for each collector.`,
      { cause },
    );
  }
}
