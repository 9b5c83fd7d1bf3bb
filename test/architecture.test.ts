import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = dirname(import.meta.dirname);

/** What each room may import from; a room may always import from itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  agent: ["schemas"],
  collector: ["schemas"],
  dashboards: ["schemas", "collector/query"],
  setup: ["schemas"],
  demo: ["schemas", "agent", "collector", "dashboards", "setup"],
  bin: ["schemas", "agent", "collector", "dashboards"],
  bench: ["schemas", "agent", "collector", "demo", "setup", "test/support"],
};

/** Files that decide: they import nothing that reads or writes. */
const PURE = [
  "agent/facts.ts",
  "agent/tally.ts",
  "agent/report.ts",
  "agent/policy.ts",
  "agent/policy-version.ts",
  "agent/policies/line-diff.ts",
  "agent/policies/mail.ts",
  "agent/policies/news.ts",
  "agent/policies/words.ts",
  "agent/rights/check-beside.ts",
  "agent/rights/check-signed.ts",
  "agent/rights/entry.ts",
  "agent/rights/export-format.ts",
  "agent/rights/words.ts",
  "collector/budget.ts",
  "collector/decide.ts",
  "collector/outcome.ts",
  "collector/privacy/documents.ts",
  "collector/proven.ts",
  "collector/retention/due.ts",
  "collector/retention/exceptions.ts",
  "collector/retention/kinds.ts",
  "collector/retention/settings.ts",
  "collector/rights/information.ts",
  "collector/rights/parts.ts",
  "collector/rights/asked.ts",
  "collector/rights/exported.ts",
  "collector/rights/flags.ts",
  "collector/rights/month-clock.ts",
  "collector/rights/told.ts",
  "collector/publication.ts",
  "collector/store/current.ts",
  "collector/store/packing/bits.ts",
  "collector/store/packing/letters.ts",
  "collector/store/packing/pack.ts",
  "collector/store/packing/unpack.ts",
  "collector/when.ts",
  "schemas/bands.ts",
  "schemas/canonical-form.ts",
  "schemas/canonical.ts",
  "schemas/dictionary/coverage.ts",
  "schemas/dictionary/entry.ts",
  "schemas/dictionary/explain.ts",
  "schemas/dictionary/fields.ts",
  "schemas/dictionary/presence.ts",
  "schemas/dictionary/read.ts",
  "schemas/dictionary/within.ts",
  "schemas/export.ts",
  "schemas/nesting.ts",
  "schemas/notice.ts",
  "schemas/order.ts",
  "schemas/parser.ts",
  "schemas/proof/prove.ts",
  "schemas/proof/special.ts",
  "schemas/releasing/compare.ts",
  "schemas/releasing/flatten.ts",
  "schemas/vendor/compose.ts",
  "schemas/metrics.ts",
  "schemas/period.ts",
  "schemas/refusal.ts",
  "schemas/report.ts",
  "schemas/retention.ts",
  "schemas/rights-words.ts",
  "schemas/subjects.ts",
];
const DOING =
  /^node:(fs|net|http|https|child_process|dgram|tls|worker_threads|timers|dns)|^@nats-io|^better-sqlite3|^kysely|^nodemailer|^fastify|^pino/;

type Import = { readonly from: string; readonly to: string };

function sources(): string[] {
  return globSync(`{${Object.keys(ARROWS).join(",")}}/**/*.{ts,mjs}`, { cwd: root }).filter(
    (file) => !file.includes(".gen."),
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  return found.map((specifier) => ({ from: file, to: place(file, specifier) }));
}

/** A path inside the project, or a package's name. */
function place(file: string, specifier: string): string {
  if (specifier.startsWith(".")) return relative(root, join(root, dirname(file), specifier));
  return specifier.startsWith("#") ? specifier.slice(1) : specifier;
}

function room(path: string): string {
  return path.split("/")[0] ?? "";
}

const all = sources().flatMap(importsOf);

describe("architecture", () => {
  test("rooms - arrows point one way", () => {
    const wrong = all.filter(({ from, to }) => {
      if (ARROWS[room(to)] === undefined || room(from) === room(to)) return false;
      return !(ARROWS[room(from)] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
    });
    expect(wrong).toEqual([]);
  });

  test("rooms - the collector's ingest knows nothing of the queries", () => {
    const wrong = all.filter(
      ({ from, to }) =>
        room(from) === "collector" &&
        !from.startsWith("collector/query/") &&
        to.startsWith("collector/query/"),
    );
    expect(wrong).toEqual([]);
  });

  test("files - those that decide import nothing that does", () => {
    const wrong = all.filter(({ from, to }) => PURE.includes(from) && DOING.test(to));
    expect(wrong).toEqual([]);
    expect(PURE.filter((file) => !sources().includes(file))).toEqual([]);
  });

  test("files - SQL stands in the store and the queries only", () => {
    const wrong = all.filter(
      ({ from, to }) =>
        to === "kysely" && !from.startsWith("collector/store/") && !from.startsWith("collector/query/"),
    );
    expect(wrong).toEqual([]);
  });

  test("files - no name of a product outside the sources", () => {
    const named = sources().filter((file) => {
      if (room(file) !== "agent" || file.startsWith("agent/sources/")) return false;
      return /postfix|dovecot|roundcube/i.test(readFileSync(join(root, file), "utf8"));
    });
    expect(named).toEqual([]);
  });

  test("modules - no cycle", () => {
    const edges = new Map<string, string[]>();
    for (const { from, to } of all) edges.set(from, [...(edges.get(from) ?? []), to]);
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push(file);
        return;
      }
      state.set(file, "open");
      for (const next of edges.get(file) ?? []) visit(next);
      state.set(file, "done");
    };
    for (const file of edges.keys()) visit(file);
    expect(cycles).toEqual([]);
  });

  test("files - none longer than 400 lines", () => {
    const long = sources().filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 400);
    expect(long).toEqual([]);
  });
});
