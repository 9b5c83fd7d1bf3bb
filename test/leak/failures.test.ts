/** Every source failing half-way, in each way that is known, with canaries in all that it said. */
import { appendFile, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { count } from "#agent/count.ts";
import type { Reason } from "#agent/facts.ts";
import { createPorts } from "#agent/ports/index.ts";
import { dovecotSource } from "#agent/sources/dovecot.ts";
import { postfixSource } from "#agent/sources/postfix.ts";
import { roundcubeSource } from "#agent/sources/roundcube.ts";
import type { MailSource } from "#agent/sources/source.ts";
import { parseReport } from "#schemas/report.ts";
import { natsServerOrMissing, orSkip } from "#setup/available.ts";
import { findMailTools, type MailTools } from "#setup/mail-tools.ts";
import { canaries, DOMAINS, word } from "#support/canaries.ts";
import { type CanaryHost, makeCanaryHost } from "#support/canary-host.ts";
import { MANNERS, type Manner, type ToolName, wrapTools } from "#support/canary-tools.ts";
import { Evidence } from "#support/leak-evidence.ts";
import { Searcher } from "#support/leak-search.ts";
import { STAGE_TIMEOUT_MS, startStage } from "#support/leak-stage.ts";
import { walkAgent, walkOperator } from "#support/leak-walk.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

const searcher = new Searcher(canaries());
const forever = new AbortController().signal;
const person = `${word("postfix.mailbox")}@${DOMAINS.stray}`;

/** Damages what lies there, each file otherwise, and leaves canaries where the reading stops. */
async function damage(host: CanaryHost): Promise<void> {
  const users = join(dirname(host.dovecot), "users");
  await appendFile(users, Buffer.from(`${word("dovecot.user")}\xff@${DOMAINS.stray}:x\n`, "latin1"));
  await appendFile(host.dovecot, `\u0000${word("dovecot.greeting")} {\n`);
  await rm(join(host.postfix, "aliases"));
  await mkdir(join(host.postfix, "aliases"));
  await appendFile(join(host.postfix, "mailboxes"), `${word("postfix.mailbox")}\n${person}\n`);
  await writeFile(join(host.postfix, "virtual"), `${person} ${"x".repeat(600_000)}${person}\n`);
  // Its head stays: what follows is found to be nonsense only on the way.
  const database = await readFile(host.roundcube);
  const nonsense = Buffer.alloc(database.length - 100, `${word("roundcube.user")}@${DOMAINS.elsewhere} `);
  await using file = await open(host.roundcube, "r+");
  await file.write(nonsense, 0, nonsense.length, 100);
}

function section(host: CanaryHost, bin: string | null): string {
  const tools = bin === null ? 'tools = "files"' : `tools = "commands"\nbin = "${bin}"`;
  return `[sources.postfix]
config = "${host.postfix}"
${tools}
[sources.dovecot]
config = "${host.dovecot}"
${tools}
[sources.roundcube]
database = "${host.roundcube}"
`;
}

type Case = {
  readonly name: string;
  readonly manners: Partial<Record<ToolName, Manner>> | "files";
  readonly reasons: readonly Reason[];
};

const BROKEN = (Object.keys(MANNERS) as Manner[]).filter((manner) => manner !== "well");

/** What the tools do besides is looked at in the tally alone, below. */
const CASES: readonly Case[] = [
  {
    name: "listings",
    manners: { postmap: "dies half-way", postalias: "is killed half-way", doveconf: "lists broken UTF-8" },
    reasons: ["incomplete", "malformed"],
  },
  { name: "files", manners: "files", reasons: ["malformed"] },
];

describe("leak failures", () => {
  test("chain - every source broken: counted as far as it goes, reported, and nobody named", {
    timeout: STAGE_TIMEOUT_MS,
  }, async (context) => {
    const tools = orSkip(context, await findMailTools());
    const nats = orSkip(context, await natsServerOrMissing());
    await using temp = await tempFolder();
    await using stage = await startStage({ nats });
    await Promise.all(
      CASES.map(async ({ name, manners, reasons }) => {
        const host = await makeCanaryHost(tools, temp.file(`host-${name}`));
        if (manners === "files") {
          const main = join(host.postfix, "main.cf");
          await writeFile(
            main,
            (await readFile(main, "utf8"))
              .replaceAll("hash:", "texthash:")
              .replace("texthash:$config_directory/aliases", "hash:$config_directory/aliases"),
          );
          await damage(host);
        }
        const bin =
          manners === "files" ? null : await wrapTools(tools, temp.file(name), manners, temp.file("witness"));
        const config = await stage.configure(name, section(host, bin));
        const { report, sent } = await walkAgent(stage, { name, config, level: "full" });
        expect(sent).toMatchObject({ status: 0 });
        const parsed = parseReport(Buffer.from(report));
        if (!parsed.ok) throw new Error(`refused: ${parsed.rule}`);
        const found = new Set(parsed.report.unknown.map(({ reason }) => reason));
        expect([name, [...found]]).toEqual([name, expect.arrayContaining([...reasons])]);
      }),
    );
    await walkOperator(stage);
    await stage.finish({ hostile: false });
    expect(stage.evidence.search(searcher)).toEqual([]);
  });

  test("tally - however the tools break, nothing that they said is left", {
    timeout: STAGE_TIMEOUT_MS,
  }, async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await makeCanaryHost(tools, temp.file("host"));
    const found = await Promise.all(
      BROKEN.map(async (manner) => {
        const evidence = await countBroken(tools, host, temp, manner);
        expect([manner, evidence.sizeOf("facts") > 0]).toEqual([manner, true]);
        return evidence.search(searcher).map((hit) => ({ manner, ...hit }));
      }),
    );
    expect(found.flat()).toEqual([]);
  });

  test("tally - what a source throws is gone: message, stack and cause", async () => {
    const evidence = new Evidence();
    const thrown: unknown[] = [
      new Error(`can't read ${person}`, {
        cause: Object.assign(new Error(word("dovecot.gecos")), { path: `/home/${person}` }),
      }),
      person,
      { user: person },
      new AggregateError([new Error(person)], person),
    ];
    for (const [index, what] of thrown.entries()) {
      const source: MailSource = {
        name: "dovecot",
        role: "imap",
        async read({ emit }) {
          emit({ kind: "mailbox", domain: null });
          await Promise.resolve();
          throw what;
        },
      };
      const tally = await count([source], createPorts(), forever);
      expect(tally.totals.mailboxes).toEqual({
        known: false,
        untold: [{ source: "dovecot", reason: "failed" }],
      });
      evidence.add("facts", `throw ${index}`, told(tally));
    }
    expect(evidence.search(searcher)).toEqual([]);
  });
});

/** The tally of a host whose tools all behave like that, and every fact on the way. */
async function countBroken(
  tools: MailTools,
  host: CanaryHost,
  temp: TempFolder,
  manner: Manner,
): Promise<Evidence> {
  const evidence = new Evidence();
  // Settings must be told, or no table is ever asked for.
  for (const broken of [["postmap", "postalias", "doveconf"], ["postconf"]] as const) {
    const manners = Object.fromEntries(broken.map((name) => [name, manner]));
    const bin = await wrapTools(
      tools,
      temp.file(`${manner}-${broken.length}`),
      manners,
      temp.file("witness"),
    );
    const sources = [
      postfixSource({ config: host.postfix, tools: "commands", bin }),
      dovecotSource({ config: host.dovecot, tools: "commands", bin }),
      roundcubeSource({ database: host.roundcube }),
    ].map((source) => ({
      ...source,
      read: (given: Parameters<MailSource["read"]>[0]) =>
        source.read({
          ...given,
          emit: (fact) => {
            // The domain in a fact may be one of which it isn't known yet whose it is.
            evidence.add("facts", source.name, told("domain" in fact ? { ...fact, domain: null } : fact));
            given.emit(fact);
          },
        }),
    }));
    const tally = await count(
      sources,
      createPorts({ timeoutMs: manner === "hangs half-way" ? 700 : 20_000 }),
      forever,
    );
    const { domains: _, ...rest } = tally;
    evidence.add("facts", "tally", told(rest));
  }
  return evidence;
}

function told(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Map || inner instanceof Set ? [...inner] : inner,
  );
}
