/** `/`: the census of the newest week, or of `?period=2026-W47`; `?whose=proven` counts those alone. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { parsePeriod } from "#schemas/period.ts";
import { type Found, find, type Site } from "../site.ts";
import { censusPage } from "../views/census.ts";
import { MESSAGES, messagePage } from "../views/message.ts";

const RETRY_SECONDS = 10;

export function censusRoute(server: FastifyInstance, site: Site): void {
  server.get("/", async (request, reply) => {
    const { period, whose } = request.query as { period?: unknown; whose?: unknown };
    const asked = typeof period === "string" ? parsePeriod(period) : null;
    const malformed = period !== undefined && asked === null;
    return answer(
      reply,
      malformed ? { kind: "no-period" } : await find(site, asked, whose === "proven" ? "proven" : "all"),
      site,
    );
  });
}

function answer(reply: FastifyReply, found: Found, site: Site): FastifyReply {
  reply.type("text/html; charset=utf-8");
  switch (found.kind) {
    case "census":
      return reply.send(censusPage(found.census, site, site.vendor).toString());
    case "no-period":
      return reply.code(404).send(messagePage(MESSAGES["no-period"], site).toString());
    case "empty":
      return reply
        .code(503)
        .header("retry-after", RETRY_SECONDS)
        .send(messagePage(MESSAGES.empty, site).toString());
    case "no-store": {
      const message = { ...MESSAGES["no-store"], sentence: found.sentence };
      return reply.code(503).header("retry-after", RETRY_SECONDS).send(messagePage(message, site).toString());
    }
    default:
      return found satisfies never;
  }
}
