/**
 * The whole chain over a real Postfix, Dovecot and Roundcube full of canaries: at no exit is there
 * one, in no form.
 */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { count } from "#agent/count.ts";
import { createPorts } from "#agent/ports/index.ts";
import { dovecotSource } from "#agent/sources/dovecot.ts";
import { postfixSource } from "#agent/sources/postfix.ts";
import { roundcubeSource } from "#agent/sources/roundcube.ts";
import type { MailSource, SourceContext } from "#agent/sources/source.ts";
import { parseReport } from "#schemas/report.ts";
import { natsServerOrMissing, orSkip } from "#setup/available.ts";
import { findMailTools } from "#setup/mail-tools.ts";
import { ascii, canaries, DOMAINS, domainCanaries, word } from "#support/canaries.ts";
import { makeCanaryHost } from "#support/canary-host.ts";
import { wrapTools } from "#support/canary-tools.ts";
import { Evidence, PROBES } from "#support/leak-evidence.ts";
import { Searcher } from "#support/leak-search.ts";
import { STAGE_TIMEOUT_MS, startStage } from "#support/leak-stage.ts";
import { walkAgent, walkOperator } from "#support/leak-walk.ts";
import { tempFolder } from "#support/temp.ts";

/** Of the agent's own environment: nothing of it may go on. */
const ENVIRONMENT = {
  USER: word("environment.user"),
  LOGNAME: word("environment.user"),
  HOME: `/home/${word("environment.home")}`,
  MAIL: `/var/mail/${word("environment.user")}`,
};

describe("leak chain", () => {
  test("canaries - each stands in the host's files", async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const { folder } = await makeCanaryHost(tools, temp.file("host"));
    await wrapTools(tools, temp.file("host"), { postmap: "dies half-way" }, temp.file("witness"));
    const planted = new Evidence();
    await planted.addTree("files", folder);
    const all = [...canaries(), ...domainCanaries()];
    const found = new Set(planted.search(new Searcher(all)).map(({ place }) => place));
    // These are put elsewhere, by the tests that need them.
    const elsewhere = /^(environment|hostile|crash)\./;
    expect(
      all.map(({ place }) => place).filter((place) => !elsewhere.test(place) && !found.has(place)),
    ).toEqual([]);
  });

  test("facts - what leaves the reading functions holds domains and numbers only", async (context) => {
    const tools = orSkip(context, await findMailTools());
    await using temp = await tempFolder();
    const host = await makeCanaryHost(tools, temp.file("host"));
    const bin = await wrapTools(tools, temp.file("tools"), {}, temp.file("witness"));
    const evidence = new Evidence();
    const signal = new AbortController().signal;
    const watched = (source: MailSource): MailSource => ({
      ...source,
      read: (given: SourceContext) =>
        source.read({
          ...given,
          emit: (fact) => {
            evidence.add("facts", source.name, JSON.stringify(fact));
            given.emit(fact);
          },
        }),
    });
    const sources = [
      postfixSource({ config: host.postfix, tools: "commands", bin }),
      dovecotSource({ config: host.dovecot, tools: "commands", bin }),
      roundcubeSource({ database: host.roundcube }),
    ].map(watched);
    const tally = await count(sources, createPorts(), signal);
    expect(evidence.sizeOf("facts")).toBeGreaterThan(1000);
    expect(tally.totals.mailboxes).toEqual({ known: true, value: host.totals.mailboxes });
    // A fact may tell of a domain of which it isn't known yet whether it is the server's own.
    const names = canaries().filter(({ place }) => !place.startsWith("domain."));
    expect(evidence.search(new Searcher(names))).toEqual([]);
    const ran = new Set((await readFile(temp.file("witness"), "utf8")).trim().split("\n"));
    expect([...ran].sort()).toEqual(["doveconf", "postalias", "postconf", "postmap"]);
  });

  test.for(["full", "counts"] as const)(
    "chain - at level %s no canary leaves at any exit",
    { timeout: STAGE_TIMEOUT_MS },
    async (level, context) => {
      const tools = orSkip(context, await findMailTools());
      const nats = orSkip(context, await natsServerOrMissing());
      await using temp = await tempFolder();
      const host = await makeCanaryHost(tools, temp.file("host"));
      const bin = await wrapTools(tools, temp.file("tools"), {}, temp.file("witness"));
      const sources = `[sources.postfix]
config = "${host.postfix}"
tools = "commands"
bin = "${bin}"
[sources.dovecot]
config = "${host.dovecot}"
tools = "commands"
bin = "${bin}"
[sources.roundcube]
database = "${host.roundcube}"
`;
      await using stage = await startStage({ nats });
      const config = await stage.configure("agent", sources);
      const { report, sent } = await walkAgent(stage, {
        name: "agent",
        config,
        level,
        env: ENVIRONMENT,
        thorough: level === "full",
      });
      expect(sent).toMatchObject({ status: 0 });
      expect(sent.stdout).toContain('"state":"stored"');
      await walkOperator(stage);
      await stage.smtp.received(1);
      await stage.finish({ hostile: false });

      const parsed = parseReport(Buffer.from(report));
      if (!parsed.ok) throw new Error(`refused: ${parsed.rule} at ${parsed.pointer}`);
      const { totals, unknown, domains } = parsed.report;
      expect(unknown).toEqual([]);
      expect(totals).toMatchObject(host.totals);
      expect(domains?.list.map(({ domain }) => domain)).toEqual(
        level === "counts"
          ? undefined
          : [ascii(DOMAINS.international), DOMAINS.served, "quiet.example"].sort(),
      );
      // Each exit gave something; facts, errors and files are looked at by other tests.
      const silent = PROBES.filter((probe) => stage.evidence.sizeOf(probe) === 0);
      expect(silent).toEqual(["error", "facts", "files"]);
      const forbidden = level === "counts" ? [...canaries(), ...domainCanaries()] : canaries();
      expect(stage.evidence.search(new Searcher(forbidden))).toEqual([]);
      // The search sees what is there: at level full the server's own domains are.
      const told = new Set(stage.evidence.search(new Searcher(domainCanaries())).map(({ probe }) => probe));
      expect([...told].sort()).toEqual(
        level === "counts" ? [] : ["broker", "copy", "query", "state", "stdout", "store", "wire"],
      );
    },
  );
});
