/** The real schema, weakened on purpose: none of it may pass as proved, and each is told by its rule. */
import { describe, expect, test } from "vitest";
import { type Proof, prove } from "#schemas/proof/prove.ts";
import real from "#schemas/report.v1.schema.json" with { type: "json" };
import { ARRAYS, domain, OBJECTS, WEAKENINGS, weakened } from "#support/weakenings.ts";

test("proof - the schema of this release is proved within ten seconds", () => {
  // What this thread computes, so that a busy machine is no fault of it.
  const begun = process.threadCpuUsage();
  const proof = prove(real);
  expect(proof.findings).toEqual([]);
  expect(proof.verdict).toBe("proved");
  const { user, system } = process.threadCpuUsage(begun);
  expect((user + system) / 1000).toBeLessThan(10_000);
  const places = proof.places.map(({ place }) => place);
  expect(places).toEqual(expect.arrayContaining(["/domains/list/*/domain", "/installation", "/schema"]));
  expect(proof.places.every(({ classes }) => classes === proof.classes.length)).toBe(true);
  expect(proof.remains.join(" ")).toMatch(/person's name.*xn--.*pseudonym.*22 mailboxes/);
});

const rules = ({ findings }: Proof): string[] =>
  findings.map(({ rule, identifier }) => (identifier === undefined ? rule : `${rule} ${identifier}`));

describe("proof - weakened", () => {
  test.each(Object.entries(OBJECTS))("object %s without additionalProperties", (_, find) => {
    expect(rules(weakened((s) => void delete find(s).additionalProperties))).toContain("open-object");
  });

  test.each(Object.entries(OBJECTS))("object %s with additionalProperties as a schema", (_, find) => {
    const proof = weakened((s) => void Object.assign(find(s), { additionalProperties: { enum: ["a"] } }));
    expect(rules(proof)).toContain("open-object");
    expect(proof.verdict).toBe("refuted");
  });

  test.each(Object.entries(ARRAYS))("array %s without an end, and of anything", (_, find) => {
    expect(rules(weakened((s) => void delete find(s).maxItems))).toContain("unbounded-array");
    expect(rules(weakened((s) => void delete find(s).items))).toContain("open-array");
    expect(rules(weakened((s) => void Object.assign(find(s), { items: true })))).toContain("type");
    expect(rules(weakened((s) => void Object.assign(find(s), { items: {} })))).toContain("type");
  });

  test.each(WEAKENINGS)("%s", (_, edit, rule) => {
    const proof = weakened(edit);
    expect(rules(proof)).toContain(rule);
    expect(proof.verdict).not.toBe("proved");
  });

  test("without one part of the exclusion of domains, one class is told", () => {
    const parts = real.$defs.domain.not.pattern.split("|-at-|");
    expect(parts).toHaveLength(2);
    const proof = weakened(domain({ not: { pattern: parts.join("|") } }));
    expect(rules(proof)).toEqual(["identifier email"]);
    expect(proof.findings[0]?.example).toMatch(/^[a-z0-9]-at-[a-z0-9]\.[a-z]{2}$/);
  });
});

test("proof - a pattern with more states than the limit allows isn't proved", () => {
  const large = { type: "string", pattern: "^(g|h)*g(g|h){11}$", maxLength: 26 };
  const { verdict, findings } = prove(large, { maxNodes: 1500 });
  expect(verdict).toBe("undecidable");
  expect(findings.map(({ rule }) => rule)).toContain("limit");
  expect(prove(large).verdict).toBe("proved");
});

test("proof - a harmless vendor's addition stays proved", () => {
  const proof = weakened((s) => {
    s.properties.vendor = {
      title: "Vendor",
      "x-words": ["seats"],
      type: "object",
      additionalProperties: false,
      properties: {
        seats: { $ref: "#/$defs/count", description: "Seats.", maximum: 9999 },
        state: { type: "string", enum: ["on", "off"] },
        both: { anyOf: [{ const: null }, { type: "string", pattern: "^[a-z]{1,4}$" }], title: "x" },
        narrowed: { allOf: [{ type: "integer" }, { minimum: 0 }, { maximum: 7 }] },
        never: false,
      },
      if: { properties: { state: { const: "on" } } },
      // biome-ignore lint/suspicious/noThenProperty: the keyword's name
      then: { required: ["seats"] },
    };
  });
  expect(proof.findings).toEqual([]);
  expect(proof.verdict).toBe("proved");
});
