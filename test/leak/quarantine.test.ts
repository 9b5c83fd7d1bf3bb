/** What a hostile agent sends, full of canaries and validly signed: of its values the collector keeps and says nothing. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { agentAuthenticator, parseEnrolment } from "#schemas/enrolment.ts";
import { HEADER } from "#schemas/envelope.ts";
import { requestBytes } from "#schemas/receipts.ts";
import { inboxPrefix, receiptSubject } from "#schemas/subjects.ts";
import { natsServerOrMissing, orSkip } from "#setup/available.ts";
import { canaries, word } from "#support/canaries.ts";
import { Searcher } from "#support/leak-search.ts";
import { STAGE_TIMEOUT_MS, type Stage, startStage } from "#support/leak-stage.ts";
import { walkOperator } from "#support/leak-walk.ts";
import type { Finished } from "#support/program.ts";
import { signBytes, signedReport, testIdentity, testReport } from "#support/reports.ts";

const identity = testIdentity(77);
const address = `${word("hostile.value")}@${word("hostile.key")}.example`;
const honest = testReport(identity);

/** Documents that hold names, each in another place. */
const DOCUMENTS: readonly unknown[] = [
  { ...honest, [word("hostile.key")]: 1 },
  { ...honest, totals: { ...honest.totals, [address]: 5 } },
  { ...honest, agent: word("hostile.value") },
  { ...honest, installation: address },
  { ...honest, period: address },
  { ...honest, unknown: [{ metric: address, source: word("hostile.value"), reason: word("hostile.key") }] },
  { ...honest, languages: [{ language: word("hostile.key"), mailboxes: 5 }] },
  {
    ...honest,
    domains: { ...honest.domains, list: [{ domain: address, mailboxes: 1, aliases: 0, lists: 0 }] },
  },
  { ...honest, vendor: { [word("hostile.key")]: { note: word("hostile.value") } } },
  [word("hostile.value"), address],
  word("hostile.value"),
];
const TEXTS: readonly string[] = [
  ...DOCUMENTS.map((document) => JSON.stringify(document)),
  `{"${word("hostile.key")}":`,
  `${word("hostile.value")} isn't JSON`,
  // Faults of form, inside of what has no place in a report.
  `{"${word("hostile.key")}":{"b":1,"a":2}}`,
  `{"${word("hostile.key")}":{"a":1,"a":2}}`,
  `{"${word("hostile.key")}":[{"${word("hostile.key")}":1e400}]}`,
  `{"${word("hostile.key")}":{"a":-0,"b":1.0}}`,
  `{"${word("hostile.key")}":${"[".repeat(60)}"${word("hostile.value")}"${"]".repeat(60)}}`,
  `{"${word("hostile.key")}":{"${address}":"\\ud800"}}`,
  `{"__proto__":{"${word("hostile.key")}":"${address}"}}`,
];

/** The same documents as files, checked by whoever wonders why they were refused. */
async function checkFiles(stage: Stage): Promise<Finished> {
  const folder = stage.temp.file("documents");
  await mkdir(folder);
  const files = TEXTS.map((text, index) => ({ text, path: join(folder, `${index}.json`) }));
  await Promise.all(files.map(({ path, text }) => writeFile(path, text)));
  return stage.command(null, ["schema", "check", ...files.map(({ path }) => path)]);
}

describe("leak quarantine", () => {
  test("quarantine - rule and place of each document are kept and told, and nothing of what it says", {
    timeout: STAGE_TIMEOUT_MS,
  }, async (context) => {
    const nats = orSkip(context, await natsServerOrMissing());
    await using stage = await startStage({ nats });
    const enrolment = parseEnrolment(await readFile(stage.broker.config.enrolment, "utf8"));
    if (enrolment === null) throw new Error("there is no enrolment");
    const agent = await connect({
      servers: stage.brokerUrl,
      authenticator: agentAuthenticator(identity, enrolment),
      inboxPrefix: inboxPrefix(identity.id),
    });
    const signed = TEXTS.map((text) => signBytes(identity, Buffer.from(text)));
    const js = jetstream(agent);
    for (const { subject, bytes, headers: head } of signed) {
      head.set(word("hostile.header"), word("hostile.value"));
      await js.publish(subject, bytes, { headers: head });
    }
    // Without a valid signature: only counted.
    const forged = headers();
    for (const name of [HEADER.format, HEADER.sha256, HEADER.signature])
      forged.set(name, word("hostile.header"));
    await js.publish(signedReport(identity).subject, Buffer.from(address), { headers: forged });
    for (const [index, { sha256 }] of signed.entries()) {
      const question = requestBytes({
        have: [sha256],
        nonce: "0123456789abcdef0123456789abcdef",
        wait: 2000,
      });
      const answer = await agent.request(receiptSubject(identity.id), question, { timeout: 6_000 });
      expect(answer.data.toString().length).toBeGreaterThan(0);
      const said = Buffer.from(answer.data).toString("utf8");
      expect(said).toContain('"state":"quarantined"');
      stage.evidence.add("wire", `receipt ${index}`, said);
    }
    // And questions that aren't any.
    for (const question of [
      address,
      JSON.stringify({ have: [address], nonce: word("hostile.key"), wait: 0 }),
    ]) {
      const answer = await agent.request(receiptSubject(identity.id), question, { timeout: 6_000 });
      stage.evidence.add("wire", "an answer", answer.data);
      for (const [name, values] of answer.headers ?? [])
        stage.evidence.add("wire", "an answer's header", `${name}: ${values.join()}`);
    }
    await agent.close();
    await walkOperator(stage);
    const checked = await checkFiles(stage);
    expect(checked).toMatchObject({ status: 65 });
    expect(checked.stdout.split("\n").filter((line) => line.includes("rule ")).length).toBeGreaterThanOrEqual(
      TEXTS.length,
    );
    await stage.finish({ hostile: true });
    for (const probe of ["wire", "log", "store", "page", "query", "stdout"] as const)
      expect([probe, stage.evidence.sizeOf(probe) > 0]).toEqual([probe, true]);
    expect(stage.evidence.search(new Searcher(canaries()))).toEqual([]);
  });
});
