import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fact, Reason, Role, SourceName } from "#agent/facts.ts";
import { METRIC_OF, QUANTITIES } from "#agent/facts.ts";
import { buildReport } from "#agent/report.ts";
import { addFact, mergeCounters, newCounters, type Tally } from "#agent/tally.ts";
import { FEATURES, METRICS, REASONS } from "#schemas/generated/words.gen.ts";
import { parseReport, type ReportV1, reportBytes } from "#schemas/report.ts";

const SOURCES = [
  ["postfix", "mta"],
  ["dovecot", "imap"],
  ["roundcube", "webmail"],
] as const satisfies readonly (readonly [SourceName, Role])[];

const reason = fc.constantFrom<Reason>(...REASONS);
const domainName = fc.oneof(
  fc.constantFrom("a.example", "b.example", "c.example", "d.example"),
  fc.constantFrom(
    "xn--bcher-kva.example",
    "0301234567.example",
    "under_score.example",
    "single",
    "a.b.c.d.example",
  ),
  fc.domain(),
);
const domain = fc.oneof(fc.constant(null), domainName);
const language = fc.constantFrom("de-DE", "en-US", "fr", "es-419", "sr-Latn-RS");
const addresses = fc
  .tuple(fc.constantFrom("mailbox", "alias", "list"), domain, fc.integer({ min: 1, max: 30 }))
  .map(([kind, name, times]) => Array.from({ length: times }, (): Fact => ({ kind, domain: name })));
const fact = fc.oneof(
  addresses,
  fc
    .record({
      kind: fc.constant("language"),
      domain,
      language,
      mailboxes: fc.oneof(fc.nat(40), fc.nat(200_000_000)),
    })
    .map((told): Fact[] => [told]),
  domainName.map((name): Fact[] => [{ kind: "domain", domain: name }]),
  fc
    .record({
      kind: fc.constant("feature"),
      feature: fc.constantFrom(...FEATURES),
      state: fc.constantFrom("absent", "installed", "enabled"),
      usage: fc.nat(200_000_000),
    })
    .map((told): Fact[] => [told]),
  fc.constantFrom(...QUANTITIES).map((quantity): Fact[] => [{ kind: "counted", quantity }]),
  fc
    .record({ kind: fc.constant("unknown"), metric: fc.constantFrom(...METRICS), reason })
    .map((told): Fact[] => [told]),
);
const closing = fc
  .array(fc.tuple(fc.constantFrom(...QUANTITIES), fc.boolean(), reason), { maxLength: 8 })
  .map((closed) =>
    closed.map(
      ([quantity, whole, why]): Fact =>
        whole ? { kind: "counted", quantity } : { kind: "unknown", metric: METRIC_OF[quantity], reason: why },
    ),
  );

/** What any set of sources could tell, each whole, broken or silent. */
const tally: fc.Arbitrary<Tally> = fc
  .tuple(
    ...SOURCES.map(([name, role]) =>
      fc.option(
        fc
          .tuple(fc.array(fact, { maxLength: 25 }), closing, fc.option(reason), fc.boolean())
          .map(([facts, closed, broken, named]) => {
            const counters = newCounters(name, role);
            if (named) addFact(counters, { kind: "component", role, name });
            for (const told of [...facts.flat(), ...closed]) addFact(counters, told);
            counters.broken = broken;
            return counters;
          }),
      ),
    ),
  )
  .map((all) => mergeCounters(all.filter((counters) => counters !== null)));

const head = fc.record({
  installation: fc.constant(`U${"B".repeat(55)}`),
  period: fc.constant("2026-W47"),
  revision: fc.nat(999),
  agent: fc.constant("0.1.0"),
  consent: fc.record({
    level: fc.constantFrom("full", "counts"),
    policy: fc.constant(1),
    purposes: fc.subarray(["statistics", "offers"] as const, { minLength: 1 }).map((some) => [...some]),
    scope: fc.constant(1),
  }),
});
const exclude = fc.subarray(["a.example", "B.example.", "bücher.example"]);

test("report - every report that can be built passes", () => {
  fc.assert(
    fc.property(tally, head, exclude, (told, heading, excluded) => {
      const report = buildReport(told, heading, { exclude: excluded });
      const parsed = parseReport(reportBytes(report));
      expect(parsed.ok ? "passes" : `${parsed.rule} ${parsed.pointer}`).toBe("passes");
    }),
    { numRuns: 400 },
  );
});

test("report - what it isn't told in doesn't matter: the same facts give the same bytes in any order", () => {
  fc.assert(
    fc.property(
      fc
        .array(fact, { maxLength: 20 })
        .map((facts) => facts.flat().filter(({ kind }) => kind !== "unknown" && kind !== "feature")),
      fc.infiniteStream(fc.nat()),
      head,
      (facts, chance, heading) => {
        const shuffled = facts
          .map((told) => ({ told, at: chance.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ told }) => told);
        const bytes = [facts, shuffled].map((told) => {
          const counters = newCounters("postfix", "mta");
          for (const one of told) addFact(counters, one);
          return reportBytes(buildReport(mergeCounters([counters]), heading, { exclude: [] })).toString();
        });
        expect(bytes[1]).toBe(bytes[0]);
      },
    ),
  );
});

/** Every figure of a language in a report, zero for one that is left out. */
function languageFigures(report: ReportV1): number[] {
  const rows = [report.languages ?? [], ...(report.domains?.list.map((row) => row.languages ?? []) ?? [])];
  return [0, ...rows.flat().map(({ mailboxes }) => mailboxes)];
}

test("report - any two figures of languages, in one report or in two, are equal or at least 5 apart", () => {
  fc.assert(
    fc.property(tally, tally, head, (one, other, heading) => {
      const figures = [one, other].flatMap((told) =>
        languageFigures(buildReport(told, heading, { exclude: [] })),
      );
      const sorted = [...new Set(figures)].sort((a, b) => a - b);
      const gaps = sorted.slice(1).map((figure, index) => figure - (sorted[index] ?? 0));
      expect(gaps.every((gap) => gap >= 5)).toBe(true);
    }),
  );
});
