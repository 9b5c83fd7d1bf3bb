/** Documents made to hurt: each refused with its rule, in little time, and nothing of them stays in memory. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeReport, ENCODING } from "#collector/store/encode.ts";
import { isTooDeep, MAX_NESTING } from "#schemas/nesting.ts";
import { MAX_REPORT_BYTES, parseReport, reportBytes } from "#schemas/report.ts";
import { HOSTILE } from "#support/hostile.ts";
import { testIdentity, testReport } from "#support/reports.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("bad input", () => {
  test.each(HOSTILE)("reports - $name: refused", ({ bytes, expected }) => {
    const parsed = parseReport(bytes);
    expect(expected).toContain(parsed.ok ? "taken" : `${parsed.rule} ${parsed.pointer}`.trim());
  });

  test("reports - 400 of them leave the memory as it was", () => {
    const around = (): number => {
      for (const { bytes } of HOSTILE) parseReport(bytes);
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    around();
    const before = around();
    const rounds = Math.ceil(400 / HOSTILE.length);
    const after = Array.from({ length: rounds }, around).at(-1) ?? 0;
    expect(after - before).toBeLessThan(2 * 1024 * 1024);
    // No more was ever held at once than a few documents' worth.
    expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(1024);
  });

  test("nesting - told of large documents, whatever brackets there are in their strings", () => {
    const large = (piece: string) => Buffer.from(piece.padEnd(40_000, " "));
    expect(isTooDeep(large("[".repeat(MAX_NESTING)))).toBe(false);
    expect(isTooDeep(large("[".repeat(MAX_NESTING + 1)))).toBe(true);
    expect(isTooDeep(large('{"a":'.repeat(MAX_NESTING + 1)))).toBe(true);
    expect(isTooDeep(large("[[],".repeat(MAX_NESTING + 1)))).toBe(true);
    expect(isTooDeep(large("[]".repeat(1000)))).toBe(false);
    expect(isTooDeep(large(`["${"[".repeat(100)}"]`))).toBe(false);
    expect(isTooDeep(large(`["\\"${"[".repeat(100)}"]`))).toBe(false);
    expect(isTooDeep(large(`["\\\\",${"[".repeat(100)}`))).toBe(true);
    expect(isTooDeep(large(`["${"[".repeat(100)}`))).toBe(false);
    expect(isTooDeep(Buffer.from("[".repeat(100)))).toBe(false);
    expect(isTooDeep(reportBytes(testReport(testIdentity(1), { domains: 1000 })))).toBe(false);
  });

  test("compression - what unfolds to more than a report is refused before it does", () => {
    const dictionary = readFileSync(`${root}/schemas/generated/store-dictionary.v1.gen.txt`);
    const bomb = (size: number) => deflateRawSync(Buffer.alloc(size, 0x20), { dictionary });
    expect(decodeReport(bomb(MAX_REPORT_BYTES), ENCODING)).toHaveLength(MAX_REPORT_BYTES);
    expect(() => decodeReport(bomb(MAX_REPORT_BYTES + 1), ENCODING)).toThrow(RangeError);
    expect(() => decodeReport(bomb(256 * 1024 * 1024), ENCODING)).toThrow();
  });

  test("compression - whatever unfolds in the project has a limit", () => {
    const unfolding =
      /\b(inflate|inflateRaw|gunzip|unzip|brotliDecompress|zstdDecompress)(Sync)?\(([^;]*);|create(Inflate|Gunzip|Unzip|Brotli|Zstd)\w*\(/g;
    const files = globSync("{agent,collector,schemas,dashboards}/**/*.ts", { cwd: root });
    const calls = files.flatMap((file) =>
      [...readFileSync(`${root}/${file}`, "utf8").matchAll(unfolding)].map(([call]) => ({ file, call })),
    );
    expect(calls.map(({ file }) => file)).toContain("collector/store/encode.ts");
    expect(calls.filter(({ call }) => !call.includes("maxOutputLength"))).toEqual([]);
  });
});
