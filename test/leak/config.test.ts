/**
 * The leak test for a configuration of one's own, such as a vendor's with its schema and sources:
 *
 *     MAILCENSUS_LEAK_CONFIG=host/mailcensus.toml MAILCENSUS_LEAK_CANARIES=host/canaries.txt npm run test:leak
 *
 * `MAILCENSUS_LEAK_LEVEL` is `full` or `counts`; `MAILCENSUS_LEAK_PROGRAM` names another build of
 * `mailcensus`. See docs/leak-tests.md. The other tests here show that it finds what it should.
 */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { makeSampleHost } from "#demo/host/host.ts";
import { natsServerOrMissing, orSkip } from "#setup/available.ts";
import { canaryWord, DOMAINS, word } from "#support/canaries.ts";
import { canariesOf, runLeakTest } from "#support/leak-config.ts";
import { ROOT } from "#support/program.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

const { MAILCENSUS_LEAK_CONFIG: config, MAILCENSUS_LEAK_CANARIES: list, ...others } = process.env;
const level = others["MAILCENSUS_LEAK_LEVEL"] === "counts" ? "counts" : "full";
const program = others["MAILCENSUS_LEAK_PROGRAM"];

const person = `${word("dovecot.user")}@${DOMAINS.elsewhere}`;

/** A vendor's host: its file, its program, which names people where it shouldn't, and a sample mail server. */
async function vendorHost(
  temp: TempFolder,
): Promise<{ config: string; canaries: string; names: readonly string[] }> {
  const folder = temp.file("host");
  await mkdir(folder);
  const host = await makeSampleHost(join(folder, "server"));
  const program = join(folder, "acme-census");
  const figures = {
    seats: 25,
    edition: word("hostile.value"),
    activesync: "enabled",
    "activesync.usage": 12,
    owner: person,
  };
  await writeFile(
    program,
    `#!/bin/sh\necho 'licence of ${person}' >&2\ncat <<'END'\n${JSON.stringify(figures)}\nEND\n`,
  );
  await chmod(program, 0o755);
  const example = await readFile(join(ROOT, "docs", "example.vendor.toml"), "utf8");
  await writeFile(join(folder, "acme.toml"), example.replace("/opt/acme/bin/acme-census", "./acme-census"));
  await writeFile(
    join(folder, "mailcensus.toml"),
    `[vendor]\nfile = "acme.toml"\n[sources.postfix]\nconfig = "server/postfix"\ntools = "files"\n[sources.dovecot]\nconfig = "server/dovecot/dovecot.conf"\ntools = "files"\n[sources.roundcube]\ndatabase = "server/roundcube/roundcube.db"\n`,
  );
  const boxes = host.plan.domains.flatMap(({ mailboxes }) => mailboxes);
  const names = [...new Set(boxes.flatMap(({ local, name }) => [local, name]))];
  const canaries = join(folder, "canaries.txt");
  await writeFile(canaries, ["# Who is there.", ...names, person, word("hostile.value"), ""].join("\n"));
  return { config: join(folder, "mailcensus.toml"), canaries, names };
}

describe("leak configuration", () => {
  test.runIf(config !== undefined)(
    "configuration - of MAILCENSUS_LEAK_CONFIG: no canary leaves, and each exit was looked at",
    async (context) => {
      const nats = orSkip(context, await natsServerOrMissing());
      if (config === undefined || list === undefined)
        throw new Error("name the list of canaries in MAILCENSUS_LEAK_CANARIES, a canary a line");
      const result = await runLeakTest({
        nats,
        config,
        canaries: list,
        level,
        ...(program === undefined ? {} : { program }),
      });
      expect(result).toEqual({ hits: [], silent: [], unplanted: [], status: 0 });
    },
  );

  test("configuration - an example vendor's sources, full of people, let out nobody", async (context) => {
    const nats = orSkip(context, await natsServerOrMissing());
    await using temp = await tempFolder();
    const host = await vendorHost(temp);
    expect(host.names.length).toBeGreaterThan(300);
    const result = await runLeakTest({ nats, ...host, level: "counts", thorough: false });
    expect(result).toEqual({ hits: [], silent: [], unplanted: [], status: 0 });
  });

  test("configuration - a source that leaks, a canary that is told and one that stands nowhere turn it red", async (context) => {
    const nats = orSkip(context, await natsServerOrMissing());
    await using temp = await tempFolder();
    const host = await vendorHost(temp);
    const leaky = temp.file("leaky.mjs");
    const users = join(temp.file("host"), "server", "dovecot", "users");
    // Another build, whose source shows the admin what it reads, and keeps it in the state folder, in base64.
    await writeFile(
      leaky,
      `import { readFileSync } from "node:fs";
if (process.argv.includes("preview")) process.stderr.write("reading " + readFileSync(${JSON.stringify(users)}, "utf8").split("\\n")[1]);
if (process.argv.includes("send")) process.stdout.write(Buffer.from(readFileSync(${JSON.stringify(users)})).toString("base64"));
const { main } = await import(${JSON.stringify(pathToFileURL(join(ROOT, "bin", "main.ts")).href)});
process.exitCode = await main(process.argv.slice(2));
`,
    );
    const nowhere = canaryWord("nowhere");
    await writeFile(host.canaries, [...host.names.slice(0, 3), nowhere, "harbour.example"].join("\n"));
    const { hits, unplanted } = await runLeakTest({ nats, ...host, program: leaky, thorough: false });
    const found = new Set(hits.map(({ probe, place }) => `${place} at ${probe}`));
    expect(unplanted).toEqual(["line 4"]);
    expect([...found]).toEqual(
      expect.arrayContaining(["line 1 at stderr", "line 2 at stdout", "line 5 at wire", "line 5 at copy"]),
    );
    expect([...found].filter((hit) => hit.startsWith("line 4"))).toEqual([]);
  });

  test("configuration - a list without canaries, or with one that many texts hold, is refused", () => {
    expect(() => canariesOf("# nobody\n\n")).toThrow("there is no canary");
    expect(() => canariesOf("info\n")).toThrow("line 1");
    expect(canariesOf("Zoe.Quux@a.example\n")[0]?.addresses).toEqual(["zoe.quux@a.example"]);
  });
});
