import { expect, test } from "vitest";
import { domainOfAddress, normaliseDomain, normaliseLanguage, versionOf } from "#agent/facts.ts";

test.each([
  ["Example.ORG", "example.org"],
  ["example.org.", "example.org"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["Bücher.Example", "xn--bcher-kva.example"],
  ["xn--BCHER-kva.example", "xn--bcher-kva.example"],
  ["1.2.3", "1.2.3"],
  ["", null],
  [".", null],
  ["%41.example", null],
  ["a b.example", null],
  ["[192.0.2.1]", null],
  ["\u{FFFD}.example", null],
  ["x@y.example", null],
])("facts - the domain %j is %j", (raw, domain) => {
  expect(normaliseDomain(raw)).toBe(domain);
});

test("facts - an address's domain follows its last @", () => {
  expect(domainOfAddress('"a@b"@c.example')).toBe("c.example");
  expect(domainOfAddress("@c.example")).toBe("c.example");
  expect(domainOfAddress("bob")).toBeNull();
  expect(domainOfAddress("bob@")).toBeNull();
});

test.each([
  ["fr_FR", "fr-FR"],
  ["zh_CN", "zh-CN"],
  ["es_419", "es-419"],
  ["sr_latn", "sr-Latn"],
  ["zh-hant-tw", "zh-Hant-TW"],
  ["ast", "ast"],
  ["DE", "de"],
  ["C", null],
  ["english", null],
  ["en_US.UTF-8", null],
  ["", null],
])("facts - the language %j is %j", (raw, language) => {
  expect(normaliseLanguage(raw)).toBe(language);
});

test.each([
  ["3.7.11", "3.7.11"],
  ["2.3.19.1 (9b53102964)", "2.3.19"],
  ["2.4", "2.4"],
  ["1234.567.890", "1234.567"],
  ["1234.5678.9012", "1234.5678"],
  ["12.345.678", "12.345.678"],
  ["20260105", undefined],
  ["none", undefined],
])("facts - the version of %j is %j", (text, version) => {
  expect(versionOf(text)).toBe(version);
});
