import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { AGENT_COMMANDS } from "#agent/commands.ts";
import type { CommandContext, Flags } from "#schemas/common/command.ts";
import { sha256 } from "#schemas/envelope.ts";
import { tempFolder } from "#support/temp.ts";
import { helpOfCommand } from "../../../bin/help.ts";
import { NOW, PERIOD, reportOf } from "./fixture.ts";

type Said = { status: number; stdout: Buffer; stderr: string[] };
type Told = { flags?: Flags; json?: boolean; env?: NodeJS.ProcessEnv; answers?: string[] };

/** Runs a command of the table in a world of the test's own. */
async function command(
  name: string,
  configFile: string,
  { flags = {}, json = false, env = {}, answers }: Told = {},
): Promise<Said> {
  const found = AGENT_COMMANDS.find((entry) => entry.name.slice(1).join(" ") === name);
  if (found === undefined) throw new Error(`no command ${name}`);
  const stdout: Buffer[] = [];
  const stderr: string[] = [];
  const context: CommandContext = {
    flags,
    positionals: [],
    configFile,
    json,
    env,
    signal: new AbortController().signal,
    now: () => NOW,
    write: (text) => void stdout.push(Buffer.from(text)),
    tell: (line) => void stderr.push(line),
    ask: async (question) => {
      stderr.push(question);
      return answers === undefined ? null : (answers.shift() ?? "");
    },
  };
  const { run } = await found.load();
  const status = await run(context);
  return { status, stdout: Buffer.concat(stdout), stderr };
}

async function configured() {
  const temp = await tempFolder();
  const file = temp.file("mailcensus.toml");
  await writeFile(
    file,
    '[operator]\nname = "Example Mail Ltd."\ncontact = "privacy@operator.example"\n[agent]\nstate = "state"\n',
  );
  return { temp, file, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

describe("commands", () => {
  test("table - each command has help and, where it needs the state, takes --state", () => {
    for (const entry of AGENT_COMMANDS) {
      if (entry.name[1] !== "explain") expect(helpOfCommand(entry)).toContain("--state DIR");
      expect(entry.summary).not.toMatch(/\.$/);
    }
    expect(AGENT_COMMANDS.map(({ name }) => name.slice(1).join(" "))).toEqual([
      "preview",
      "enable",
      "agree",
      "policy",
      "notices",
      "disable",
      "send",
      "run",
      "status",
      "state export",
      "state import",
      "state resume",
      "explain",
      "history",
      "rights access",
      "rights export",
      "rights correct",
      "rights object",
      "rights erase",
      "rights withdraw",
      "rights transfer",
      "rights list",
      "rights retry",
      "verify",
    ]);
  });

  test("preview - with --json the exact bytes and nothing else, again and again", async () => {
    await using made = await configured();
    const first = await command("preview", made.file, { json: true });
    expect(first).toMatchObject({ status: 0, stderr: [] });
    expect(first.stdout.at(-1)).toBe("}".charCodeAt(0));
    const report = reportOf(first.stdout);
    expect(report.period).toBe(PERIOD);
    // No source is configured: reasons, not zeros.
    expect(report.totals).toEqual({});
    expect(new Set(report.unknown.map(({ reason }) => reason))).toEqual(new Set(["not-configured"]));
    const second = await command("preview", made.file, { json: true });
    expect(second.stdout.equals(first.stdout)).toBe(true);
    const words = (await command("preview", made.file)).stdout.toString();
    expect(words).toContain(sha256(first.stdout).toString("hex"));
    expect(words).toContain("Nothing was sent.");
    expect(words).toContain("off because nobody has enabled it yet");
  });

  test("enable - with --yes what is agreed to, the same hash as in the preview", async () => {
    await using made = await configured();
    const flags = { level: "full", purpose: ["statistics"] };
    const preview = await command("preview", made.file, { flags, json: true });
    const enabled = await command("enable", made.file, { flags: { ...flags, yes: true }, json: true });
    expect(JSON.parse(enabled.stdout.toString())).toMatchObject({
      level: "full",
      purposes: ["statistics"],
      operator: { name: "Example Mail Ltd.", contact: "privacy@operator.example" },
      sha256: sha256(preview.stdout).toString("hex"),
      changed: [],
    });
    const status = JSON.parse(
      (await command("status", made.file, { json: true })).stdout.toString(),
    ) as object;
    expect(status).toMatchObject({ effective: { level: "full" }, settled: false, spool: [], conflicts: [] });
  });

  test("enable - says why the draft isn't the previewed one", async () => {
    await using made = await configured();
    await command("preview", made.file);
    const enabled = await command("enable", made.file, {
      flags: { level: "full", purpose: ["statistics"], yes: true },
    });
    expect(enabled.stderr.join("\n")).toMatch(
      /new draft \(SHA-256 [0-9a-f]{64}\), because the level is now full, not counts/,
    );
  });

  test("enable - a conversation: operator, level, each purpose apart, draft and hash, then the question", async () => {
    await using made = await configured();
    const { status, stderr } = await command("enable", made.file, { answers: ["full", "", "y", "yes"] });
    expect(status).toBe(0);
    const said = stderr.join("\n");
    const order = [
      "Example Mail Ltd.",
      "Level [counts]",
      "statistics?",
      "offers to you?",
      "SHA-256",
      "Agree",
    ];
    const places = order.map((words) => said.indexOf(words));
    expect(places.every((place, index) => place > (places[index - 1] ?? -1))).toBe(true);
    const answer = await command("status", made.file, { json: true });
    expect(JSON.parse(answer.stdout.toString())).toMatchObject({
      consent: { level: "full", purposes: ["offers", "statistics"], policy: 1, scope: 1 },
    });
  });

  test("enable - a no changes nothing", async () => {
    await using made = await configured();
    expect((await command("enable", made.file, { answers: ["", "", "", ""] })).status).toBe(77);
    const answer = await command("status", made.file, { json: true });
    expect(JSON.parse(answer.stdout.toString())).toMatchObject({
      consent: null,
      effective: { level: "off" },
    });
  });

  test.each([
    ["without a terminal and without --yes", {}, /no terminal/],
    ["--yes without a level", { yes: true, purpose: ["statistics"] }, /--level/],
    ["--yes without a purpose", { yes: true, level: "full" }, /--purpose/],
    ["an unknown level", { yes: true, level: "off", purpose: ["statistics"] }, /counts, full and local/],
    ["an unknown purpose", { yes: true, level: "full", purpose: ["advertising"] }, /offers and statistics/],
  ])("enable - refuses %s", async (_, flags, message) => {
    await using made = await configured();
    const refused = command("enable", made.file, { flags });
    await expect(refused).rejects.toMatchObject({
      code: "usage",
      exit: 64,
      message: expect.stringMatching(message),
    });
  });

  test("send - off is refused with its own status, and says what to do", async () => {
    await using made = await configured();
    await expect(command("send", made.file)).rejects.toMatchObject({ code: "not-enabled", exit: 77 });
    await expect(command("send", made.file, { env: { DO_NOT_TRACK: "1" } })).rejects.toMatchObject({
      message: expect.stringContaining("DO_NOT_TRACK"),
    });
  });

  test("send - what the configuration lacks is told all at once, before anything is counted", async () => {
    await using made = await configured();
    await command("enable", made.file, { flags: { level: "full", purpose: ["statistics"], yes: true } });
    await expect(command("send", made.file)).rejects.toMatchObject({
      code: "config-invalid",
      exit: 78,
      message: [
        `${made.file}: agent.collector_key: expected a value, found none`,
        `${made.file}: nats: expected a value, found none`,
      ].join("\n"),
    });
  });

  test("config - missing, and with all its faults", async () => {
    await using temp = await tempFolder();
    for (const { name } of AGENT_COMMANDS) {
      // What the dictionary says can be asked before there is a configuration.
      if (name[1] === "explain") continue;
      const missing = command(name.slice(1).join(" "), temp.file("none.toml"));
      await expect(missing).rejects.toMatchObject({ code: "config-missing", exit: 78 });
    }
    const file = temp.file("faulty.toml");
    await writeFile(file, '[agent]\nstat = "x"\nlog_level = "loud"\n[nats]\nservers = ["http://x"]\n');
    const refused = command("preview", file);
    await expect(refused).rejects.toMatchObject({ code: "config-invalid", exit: 78 });
    const message = await refused.catch((error: Error) => error.message);
    for (const key of ["agent.stat:", "agent.log_level:", "nats.servers.0:"]) expect(message).toContain(key);
  });

  test("disable and history - answer as JSON on a folder that nobody has used", async () => {
    await using made = await configured();
    expect(JSON.parse((await command("history", made.file, { json: true })).stdout.toString())).toEqual({
      reports: [],
      requests: [],
    });
    const disabled = await command("disable", made.file, { json: true });
    expect(JSON.parse(disabled.stdout.toString())).toEqual({ level: "off", withdrawn: 0, pending: false });
    const status = (await command("status", made.file)).stdout.toString();
    expect(status).toContain("off because it was disabled");
  });

  test("state - --state names another folder", async () => {
    await using made = await configured();
    const flags = { state: made.temp.file("elsewhere") };
    await command("preview", made.file, { flags });
    const { readdir } = await import("node:fs/promises");
    expect(await readdir(flags.state)).toContain("identity.json");
  });
});
