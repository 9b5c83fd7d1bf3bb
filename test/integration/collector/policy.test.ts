/** The operator publishes beside a collector that runs; agents ask on their own subject and get what was signed. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { encodeSignature, formatOf, HEADER, sha256 } from "#schemas/envelope.ts";
import { type Identity, publicKeyOf } from "#schemas/nkey.ts";
import {
  checkPolicy,
  checkPolicyAnswer,
  MAX_POLICY_TEXT,
  policyQuestionBytes,
  policyTextSha256,
} from "#schemas/policies.ts";
import { checkRightsAnswer, type RightsRequestV1, signRightsRequest } from "#schemas/rights.ts";
import { policySubject, rightsSubject } from "#schemas/subjects.ts";
import { startBroker } from "#support/broker.ts";
import { publishing } from "#support/publishing.ts";
import { signedReport, testIdentity } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { command } from "./command.ts";
import { publishAll, readStore, startCollector, until, untilDrained } from "./harness.ts";

const NONCE = "0123456789abcdef0123456789abcdef";

async function askPolicy(agent: NatsConnection, identity: Identity, key: string, policy = 0, notice = 0) {
  const question = policyQuestionBytes({ nonce: NONCE, policy, notice });
  const raw = await agent.request(policySubject(identity.id), question, { timeout: 5_000 });
  const refused = raw.headers?.get(HEADER.error) ?? "";
  if (refused !== "") return { refused };
  const collector = publicKeyOf(key);
  if (collector === null) throw new Error("the collector's key is none");
  const answer = checkPolicyAnswer(raw.data, raw.headers?.get(HEADER.signature) ?? "", {
    ...{ collector, installation: identity.id, nonce: NONCE },
  });
  if (answer === null) throw new Error("the answer isn't signed by the collector");
  const opened = ({ document, signature }: { document: string; signature: string }) =>
    checkPolicy(document, signature, collector);
  return { policies: answer.policies.map(opened), notices: answer.notices.map(opened) };
}

describe("policy", () => {
  test("publish - all faults at once, and nothing is stored; then signed, stored, audited, listed, shown", async () => {
    await using folder = await tempFolder();
    const { policy, notice } = await publishing(folder);
    const configFile = folder.file("operator.toml");
    await policy(1, "# One\n");
    await policy(2, "# Two\n");
    const file = folder.file("bad.md");
    await writeFile(file, `\u001b[2J${"é".repeat(MAX_POLICY_TEXT)}`);
    const flags = { version: "2", scope: "9", effective: "2027-02-30", summary: "two\nlines" };
    await expect(command("policy publish", { configFile, positionals: [file], flags })).rejects.toMatchObject(
      {
        code: "usage",
        message: expect.stringMatching(
          /^FILE: .*65536.*\nFILE: .*control.*\n--version: .*3 to 9999.*\n--scope: .*from 1 .* to 1 .*\n--effective: .*\n--summary: .*line breaks/,
        ),
      },
    );
    await writeFile(file, Buffer.from([0xff, 0xfe, 0x41]));
    await expect(
      command("policy publish", { configFile, positionals: [file], flags: { ...flags, version: "3" } }),
    ).rejects.toMatchObject({ message: expect.stringContaining("FILE: expected UTF-8") });
    await expect(command("policy notify", { configFile, positionals: [file] })).rejects.toMatchObject({
      message: expect.stringMatching(/UTF-8.*\n--summary.*\n--about/),
    });
    await notice("A disk was lost.\n");
    const list = await command("policy list", { configFile, json: true });
    expect(JSON.parse(list.out)).toMatchObject({
      policies: [{ version: 1 }, { version: 2, sha256: policyTextSha256("# Two\n") }],
      notices: [{ number: 1, about: "breach" }],
    });
    expect((await command("policy list", { configFile })).out).toContain("Notice 1, breach, published 20");
    expect((await command("policy show", { configFile, positionals: ["2"] })).out).toBe("# Two\n");
    const url = `sqlite:${folder.file("store.db")}`;
    const audit = await readStore(url, ({ rights }) => rights.audit());
    expect(audit.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      "operator policy-publish",
      "operator policy-publish",
      "operator policy-notify",
    ]);
  });

  test("publish - the longest text that there may be reaches an agent, with as many notices as fit", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const operator = await publishing(folder);
    // Each of these letters takes the most room, in UTF-8 or escaped twice.
    const longest = `${"😀".repeat(MAX_POLICY_TEXT / 2)}${"\\".repeat(MAX_POLICY_TEXT / 2)}`;
    await operator.policy(2, longest);
    for (let number = 1; number <= 5; number++) await operator.notice(longest);
    const identity = testIdentity(1);
    const agent = await broker.connectAgent(identity);
    const seen: number[] = [];
    await until(async () => {
      const answer = await askPolicy(agent, identity, collector.key, 1, seen.at(-1) ?? 0);
      if (!("policies" in answer)) throw new Error("refused");
      expect(answer.policies).toMatchObject([{ kind: "policy", version: 2, text: longest }]);
      for (const one of answer.notices ?? []) if (one?.kind === "notice") seen.push(one.number);
      return seen.length === 5;
    });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test("ask - the unknown, the known and the erased get the same, and only what is newer; rubbish is refused and counted", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const operator = await publishing(folder);
    const [known, unknown] = [testIdentity(1), testIdentity(2)];
    const agent = await broker.connectAgent(known);
    const other = await broker.connectAgent(unknown);
    expect(await askPolicy(agent, known, collector.key)).toEqual({ policies: [], notices: [] });
    await operator.policy(1, "# One\n");
    await operator.policy(2, "# Two\n");
    for (let number = 1; number <= 5; number++) await operator.notice(`Notice ${number}\n`);
    const inside = await broker.connectCollector();
    await publishAll(inside, [signedReport(known)]);
    await untilDrained(inside);
    const answer = await askPolicy(agent, known, collector.key);
    expect(answer).toMatchObject({
      policies: [{ version: 2, text: "# Two\n" }],
      notices: [1, 2, 3, 4].map((number) => ({ number })),
    });
    expect(await askPolicy(other, unknown, collector.key)).toEqual(answer);
    await askRights(agent, known, collector.key, { action: "erase", what: "everything" });
    expect(await askPolicy(agent, known, collector.key)).toEqual(answer);
    expect(await askPolicy(agent, known, collector.key, 2, 4)).toMatchObject({
      policies: [],
      notices: [{ number: 5 }],
    });
    const rubbish = await agent.request(policySubject(known.id), "{}", { timeout: 5_000 });
    expect(rubbish.headers?.get(HEADER.error)).toBe("request");
    expect(rubbish.data).toHaveLength(0);
    const flood = await Promise.all(
      Array.from({ length: 300 }, () => askPolicy(other, unknown, collector.key, 9999, 999_999)),
    );
    expect(flood.some((one) => "refused" in one && one.refused === "busy")).toBe(true);
    await collector.stop();
    const counted = await readStore(collector.storeUrl, (reader) => reader.requests());
    expect(counted).toMatchObject({
      "policy-answered": expect.any(Number),
      "policy-request": 1,
      "policy-busy": expect.any(Number),
    });
  });

  test("access - who agreed to which version when, with that version's text and its hash, as it was recorded", async () => {
    await using broker = await startBroker();
    await using folder = await tempFolder();
    await using collector = await startCollector(broker, folder);
    const operator = await publishing(folder);
    const identity = testIdentity(1);
    const agent = await broker.connectAgent(identity);
    await operator.policy(1, "# One\n");
    await operator.policy(2, "# Two\n");
    await operator.policy(3, "# Three\n");
    await operator.policy(4, "# Four\n");
    const inside = await broker.connectCollector();
    await publishAll(inside, [signedReport(identity)]);
    await untilDrained(inside);
    const ask = (asked: Asked) => askRights(agent, identity, collector.key, asked);
    const terms = { level: "counts" as const, purposes: ["statistics" as const], scope: 1 };
    const hash = policyTextSha256("# Two\n");
    const agreed = [
      { policy: 2, policy_sha256: hash, since: "2026-01-01T00:00:00Z" },
      { policy: 3, policy_sha256: null, since: "2026-06-01T00:00:00Z" },
    ];
    for (const one of agreed)
      expect(await ask({ action: "consent", ...terms, ...one })).toMatchObject({ state: "done" });
    const answer = await ask({ action: "access" });
    expect(answer).toMatchObject({ state: "done", information: { consents: agreed } });
    const items = "items" in answer ? answer.items.filter(({ kind }) => kind === "policy") : [];
    // The stored report was made under policy 1; nobody agreed to policy 4.
    expect(items).toHaveLength(3);
    expect(items).toMatchObject([
      { version: 1, text: "# One\n", sha256: policyTextSha256("# One\n") },
      { version: 2, text: "# Two\n", sha256: hash, scope: 1, effective: "2027-01-01T00:00:00Z" },
      { version: 3, text: "# Three\n" },
    ]);
  });
});

type Without<T> = T extends unknown ? Omit<T, "at" | "installation" | "id" | "collector"> : never;
type Asked = Without<RightsRequestV1>;

/** Asks as an agent does, and gives the checked answer. */
async function askRights(agent: NatsConnection, identity: Identity, key: string, asked: Asked) {
  const request = {
    ...asked,
    at: `${new Date().toISOString().slice(0, 19)}Z`,
    collector: key,
    installation: identity.id,
    id: randomBytes(16).toString("hex"),
  } as RightsRequestV1;
  const { bytes, signature } = signRightsRequest(request, identity.privateKey);
  const head = headers();
  head.set(HEADER.format, formatOf("request"));
  head.set(HEADER.signature, encodeSignature(signature));
  const raw = await agent.request(rightsSubject(identity.id), bytes, { headers: head, timeout: 8_000 });
  const collector = publicKeyOf(key);
  if (collector === null) throw new Error("the collector's key is none");
  const checked = checkRightsAnswer(raw.data, raw.headers?.get(HEADER.signature) ?? "", {
    ...{ collector, installation: identity.id },
    request: sha256(bytes).toString("hex"),
  });
  if (!checked.ok) throw new Error(`refused: ${checked.rule} ${raw.headers?.get(HEADER.error) ?? ""}`);
  return checked.answer;
}
