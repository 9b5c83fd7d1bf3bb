import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { buildReport, type ReportHead } from "#agent/report.ts";
import { expected } from "#demo/host/expected.ts";
import { makeSampleHost } from "#demo/host/host.ts";
import { parseReport, reportBytes } from "#schemas/report.ts";
import { tempFolder } from "#support/temp.ts";
import { configOf, countSources, expectTruth } from "./counted.ts";

const HEAD: ReportHead = {
  installation: `U${"A".repeat(55)}`,
  period: "2026-W47",
  revision: 0,
  agent: "0.1.0",
  consent: { level: "full", policy: 1, purposes: ["statistics"], scope: 1 },
};

/** The SHA-256 of every file in a folder, by name. */
async function hashes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files.sort().map(async (file) => {
    const hash = createHash("sha256").update(await readFile(file));
    return [relative(folder, file), hash.digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

test("sources - the sample host's files are counted as it was made", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path);
  const tally = await countSources(configOf(host));
  expectTruth(tally, host);
  expect(Object.values(tally.features).every(({ known }) => known)).toBe(true);
});

test("sources - the sample host may lie in a folder of any name", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.file("a [b], $c {d}"));
  expectTruth(await countSources(configOf(host)), host);
});

test("sources - the transfer agent alone counts the same mailboxes", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path, "another");
  const { totals, languages } = await countSources({ postfix: configOf(host).postfix });
  expect(totals.mailboxes).toEqual({ known: true, value: expected(host).totals.mailboxes });
  expect(languages).toEqual({ known: false, untold: [{ source: "agent", reason: "not-configured" }] });
});

test("sources - the sample host is worth showing", async () => {
  await using temp = await tempFolder();
  const truth = expected(await makeSampleHost(temp.path));
  expect(truth.totals.domains).toBeGreaterThanOrEqual(10);
  expect(truth.totals.mailboxes).toBeGreaterThan(200);
  expect(truth.totals.lists).toBeGreaterThanOrEqual(5);
  expect(truth.languages.size).toBeGreaterThanOrEqual(8);
  expect([...truth.domains.keys()].some((domain) => domain.startsWith("xn--"))).toBe(true);
});

test("sources - the sample host is the same bytes each time, also written over itself", async () => {
  await using temp = await tempFolder();
  await makeSampleHost(temp.path, "x");
  const first = await hashes(temp.path);
  await makeSampleHost(temp.path, "y");
  const other = await hashes(temp.path);
  await makeSampleHost(temp.path, "x");
  expect(await hashes(temp.path)).toEqual(first);
  expect(other).not.toEqual(first);
});

test("sources - counting writes nothing beside what it reads", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path);
  const before = await hashes(temp.path);
  await countSources(configOf(host));
  expect(await hashes(temp.path)).toEqual(before);
});

test("sources - no user's name or local part is in the report of the sample host", async () => {
  await using temp = await tempFolder();
  const host = await makeSampleHost(temp.path);
  const bytes = reportBytes(buildReport(await countSources(configOf(host)), HEAD, { exclude: [] }));
  expect(parseReport(bytes).ok).toBe(true);
  const text = bytes.toString().toLowerCase();
  const people = host.plan.domains.flatMap(({ mailboxes }) =>
    mailboxes.flatMap(({ local, name }) => [local, ...name.toLowerCase().split(" ")]),
  );
  const lists = host.plan.domains.flatMap(({ lists }) => lists.map(({ name }) => name));
  expect([...people, ...lists].filter((word) => text.includes(word))).toEqual([]);
  expect(text).not.toContain("@");
});
