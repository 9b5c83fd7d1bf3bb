/** Sources over texts in memory: ports that hold files and no machine. */
import { resolve } from "node:path";
import type { Fact } from "#agent/facts.ts";
import type { Ports } from "#agent/ports/index.ts";
import { lineCutter } from "#agent/ports/lines.ts";
import { failed, OK } from "#agent/ports/outcome.ts";
import type { MailSource } from "#agent/sources/source.ts";

export type Files = Readonly<Record<string, string | Buffer>>;

/** Ports over these files; no command is found, no database is there. */
export function filesOnly(files: Files): Ports {
  return {
    command: { find: () => null, run: async () => failed("not-found") },
    sqlite: { rows: async () => failed("not-found") },
    file: {
      lines: async (path, onLine) => {
        const content = files[path];
        if (content === undefined) return failed("not-found");
        const cutter = lineCutter(onLine);
        const reason = cutter.push(Buffer.from(content)) ?? cutter.end();
        return reason === undefined ? OK : failed(reason);
      },
      text: async (path) => {
        const content = files[path];
        return content === undefined ? failed("not-found") : { ok: true, value: String(content) };
      },
      isSpecial: async () => false,
      exists: (path) => files[path] !== undefined,
      glob: (pattern, folder) => {
        const form = new RegExp(
          `^${resolve(folder, pattern).replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`,
        );
        return Object.keys(files)
          .filter((path) => form.test(path))
          .sort();
      },
    },
  };
}

/** Every fact that a source tells. */
export async function factsOf(source: MailSource, ports: Ports): Promise<Fact[]> {
  const facts: Fact[] = [];
  await source.read({ ports, emit: (fact) => facts.push(fact), signal: new AbortController().signal });
  return facts;
}

/** How many facts of a kind there are, by domain (`-` where it is null). */
export function numbers(facts: readonly Fact[], kind: "mailbox" | "alias" | "list"): Record<string, number> {
  const found: Record<string, number> = {};
  for (const fact of facts)
    if (fact.kind === kind) found[fact.domain ?? "-"] = (found[fact.domain ?? "-"] ?? 0) + 1;
  return found;
}

export function domains(facts: readonly Fact[]): string[] {
  return facts.flatMap((fact) => (fact.kind === "domain" ? [fact.domain] : [])).sort();
}

/** How each quantity and metric was closed: `counted`, or the reason why not. */
export function closing(facts: readonly Fact[]): Record<string, string> {
  return Object.fromEntries(
    facts.flatMap((fact): [string, string][] => {
      if (fact.kind === "counted") return [[fact.quantity, "counted"]];
      return fact.kind === "unknown" ? [[fact.metric, fact.reason]] : [];
    }),
  );
}

export function features(facts: readonly Fact[]): Record<string, string> {
  return Object.fromEntries(
    facts.flatMap((fact) => (fact.kind === "feature" ? [[fact.feature, fact.state]] : [])),
  );
}
