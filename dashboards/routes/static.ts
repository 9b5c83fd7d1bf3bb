/** The style sheet and the icon, read once. */
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const FILES = [
  ["page.css", "text/css; charset=utf-8"],
  ["icon.svg", "image/svg+xml"],
] as const;

export function staticRoutes(server: FastifyInstance): void {
  for (const [name, type] of FILES) {
    const content = readFileSync(new URL(`../static/${name}`, import.meta.url), "utf8");
    server.get(`/static/${name}`, (_request, reply) => {
      reply.type(type).header("cache-control", "no-cache").send(content);
    });
  }
}
