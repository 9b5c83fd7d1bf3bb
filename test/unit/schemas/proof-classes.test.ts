import { describe, expect, test } from "vitest";
import { CLASSES, classesOf, patternOf } from "#schemas/proof/classes.ts";
import { parsePattern } from "#schemas/proof/pattern.ts";
import schema from "#schemas/report.v1.schema.json" with { type: "json" };

const FORM = new RegExp(schema.$defs.domain.pattern, "u");
const EXCLUDED = new RegExp(schema.$defs.domain.not.pattern, "u");
const admitted = (name: string): boolean => FORM.test(name) && !EXCLUDED.test(name);

describe("identifier classes", () => {
  test.each(CLASSES)(
    "$name - its forms hold their examples and not what is near",
    ({ name, forms, near }) => {
      for (const form of forms) {
        expect(form.examples.length).toBeGreaterThan(0);
        const pattern = new RegExp(patternOf(form), "iu");
        expect(form.examples.filter((example) => !pattern.test(example))).toEqual([]);
      }
      expect(near.length).toBeGreaterThan(0);
      expect(near.filter((value) => classesOf(value).includes(name))).toEqual([]);
    },
  );

  test("patterns - are understood by the proof itself", () => {
    const refused = CLASSES.filter(({ pattern }) => !parsePattern(pattern, "iu", 100_000).ok);
    expect(refused).toEqual([]);
  });

  test("integers - nine digits are a telephone number, eight are not", () => {
    expect(classesOf(99_999_999)).toEqual([]);
    expect(classesOf(100_000_000)).toEqual(["phone"]);
    expect(classesOf(-100_000_000)).toEqual(["phone"]);
    expect(classesOf(4_111_111_111_111_111)).toEqual(["phone", "card"]);
  });

  test("a key - is none of them, whatever digits and letters it is made of", () => {
    expect(classesOf(`U${"2".repeat(55)}`)).toEqual([]);
    expect(classesOf(`U${"A".repeat(55)}`)).toEqual([]);
    expect(classesOf(`UDE${"7".repeat(53)}`)).toEqual([]);
  });
});

describe("domains", () => {
  test("form - every example of a class that is a domain's name is excluded", () => {
    const names = CLASSES.flatMap(({ forms }) => forms.flatMap(({ examples }) => examples));
    const domains = names.filter((name) => FORM.test(name));
    expect(domains.length).toBeGreaterThan(40);
    expect(domains.filter(admitted)).toEqual([]);
  });

  test.each([
    "0722123456.example",
    "0722-123-456.example",
    "0722.123.456.example",
    "0-7-2-2-1-2-3.example",
    "call0722123456.example",
    "mail.0722123456.example.org",
    "1.2.3.4.example",
    "4.3.2.1.in-addr.arpa",
    "3.2.1.in-addr.arpa",
    "host-10-1-2-3.example",
    "ec2-192-0-2-1.compute.example",
    "3232235777.example",
    "de89370400440532013000.example",
    "my-gb29nwbk60161331926819.example",
    "550e8400-e29b-41d4-a716-446655440000.example",
    "x550e8400-e29b-41d4-a716-446655440000x.example",
    "001a2b3c4d5e.example",
    "x001a2b3c4d5ez.example",
    "00-1a-2b-3c-4d-5e.example",
    "00.1a.2b.3c.4d.5e.example",
    "001a.2b3c.4d5e.example",
    "4111-1111-1111-1111.example",
    "4111.1111.1111.1111.example",
    "2001-db8--1.example",
    "2001-db8-a-b-c-d-e-f.example",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
    "b.a.9.8.7.6.5.4.example",
    "john-at-example.org",
    "john--at--example.org",
    "john-smith-at-example-dot-org.example",
    "12345678z.example",
    "x1234567l.example",
    "qq123456c.example",
    "rssmra85t10a562s.example",
    "1984-12-24.example",
    "078-05-1120.example",
    "d41d8cd98f00b204e9800998ecf8427e.example",
    "xn--0722123456-abc.example",
  ])("form - %s could identify", (name) => {
    expect(FORM.test(name)).toBe(true);
    expect(admitted(name)).toBe(false);
    expect(classesOf(name)).not.toEqual([]);
  });

  test.each([
    "example.org",
    "mail2.example.co.uk",
    "web-24.example",
    "4chan.example",
    "123456.example",
    "xn--bcher-kva.example",
    "xn--80ak6aa92e.xn--p1ai",
    "abc-2024.example",
    "deutsche-bank24.de",
    "look.at.example",
    "at-home.example",
    "my--shop.example",
    "fc08homburg.example",
    "1and1.example",
    "3m.example",
    "360-grad.example",
    "facebook.example",
    "deadbeef.example",
    "cafe-decade.example",
    "a-b-c.d.e.example",
    "v1-2-3.example",
  ])("form - %s is a name like any other", (name) => {
    expect(admitted(name)).toBe(true);
    expect(classesOf(name)).toEqual([]);
  });
});
