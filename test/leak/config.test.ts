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
import { STAGE_TIMEOUT_MS } from "#support/leak-stage.ts";
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

/** Another build, whose source shows the admin a line that it read, and answers with it in base64. */
async function leakyBuild(temp: TempFolder, line: string): Promise<string> {
  const main = pathToFileURL(join(ROOT, "bin", "main.ts")).href;
  const file = temp.file("leaky.mjs");
  await writeFile(
    file,
    `if (process.argv.includes("preview")) process.stderr.write(${JSON.stringify(`read ${line}\n`)});
if (process.argv.includes("enable")) process.stdout.write(${JSON.stringify(Buffer.from(line).toString("base64"))});
const { main } = await import(${JSON.stringify(main)});
process.exitCode = await main(process.argv.slice(2));
`,
  );
  return file;
}

describe("leak configuration", () => {
  // Only where somebody asks for it: without a configuration of theirs there is nothing to run.
  if (config !== undefined)
    test("configuration - of MAILCENSUS_LEAK_CONFIG: no canary leaves, and each exit was looked at", async (context) => {
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
    });

  test("configuration - of hundreds of people only those are found whom a leaking build tells of, and each exit by which", {
    timeout: STAGE_TIMEOUT_MS,
  }, async (context) => {
    const nats = orSkip(context, await natsServerOrMissing());
    await using temp = await tempFolder();
    const host = await vendorHost(temp);
    const users = (await readFile(join(temp.file("host"), "server", "dovecot", "users"), "utf8")).split("\n");
    const [local, name] = host.names;
    expect(users[1]).toContain(`${local}@`);
    expect(host.names.length).toBeGreaterThan(300);
    const nowhere = canaryWord("nowhere");
    // What the vendor's own program says is let out by nobody; a domain of the server's is, at level full.
    const words = [
      local,
      name,
      nowhere,
      "harbour.example",
      ...host.names.slice(2),
      person,
      word("hostile.value"),
    ];
    await writeFile(host.canaries, `${words.join("\n")}\n`);
    const result = await runLeakTest({
      nats,
      ...host,
      program: await leakyBuild(temp, users[1] ?? ""),
      thorough: false,
    });
    expect(result).toMatchObject({ unplanted: ["line 3"], silent: [], status: 0 });
    const found = new Set(result.hits.map(({ probe, place }) => `${place} at ${probe}`));
    expect([...found].sort()).toEqual(
      [
        "line 1 at stderr",
        "line 1 at stdout",
        "line 2 at stderr",
        "line 2 at stdout",
        // Also what the operator hands over to whose data it is.
        ...["broker", "copy", "query", "state", "stderr", "stdout", "store", "wire"].map(
          (probe) => `line 4 at ${probe}`,
        ),
      ].sort(),
    );
  });

  test("configuration - a list without canaries, or with one that many texts hold, is refused", () => {
    expect(() => canariesOf("# nobody\n\n")).toThrow("there is no canary");
    expect(() => canariesOf("info\n")).toThrow("line 1");
    expect(canariesOf("Zoe.Quux@a.example\n")[0]?.addresses).toEqual(["zoe.quux@a.example"]);
  });
});
