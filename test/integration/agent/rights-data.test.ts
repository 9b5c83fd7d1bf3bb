import { readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { sha256 } from "#schemas/envelope.ts";
import { periodOf } from "#schemas/period.ts";
import { startChain } from "#support/chain.ts";
import { atTerminal } from "./at-terminal.ts";
import { reported } from "./rights-support.ts";

describe("rights", () => {
  test("access - who, why, for how long, and each report's exact text", async () => {
    await using chain = await startChain();
    const history = await reported(chain, 2);
    const told = await atTerminal(chain.configFile, "rights access");
    expect(told).toMatchObject({ status: 0, stderr: "" });
    for (const words of [
      "Example Mail Software (privacy@vendor.example)",
      "dpo@vendor.example",
      "Example Hosting",
      "the European Union",
      "complaints@authority.example",
      "article 6(1)(a)",
      "mailcensus agent rights erase",
      "level full, for statistics, policy 1 (the built-in one)",
      "Disclosures",
      ...history.map(({ sha256: hash }) => hash),
    ])
      expect(told.stdout).toContain(words);
    const answer = JSON.parse((await atTerminal(chain.configFile, "rights access", { json: true })).stdout);
    expect(answer.format).toBe("mailcensus-access/1");
    expect(answer.information.consents).toHaveLength(1);
    const texts = answer.reports.map(({ text }: { text: string }) =>
      sha256(Buffer.from(text)).toString("hex"),
    );
    expect(texts.sort()).toEqual(history.map(({ sha256: hash }) => hash).sort());
    // Both are on record, here and there, and neither keeps the data.
    const list = JSON.parse((await atTerminal(chain.configFile, "rights list", { json: true })).stdout);
    expect(list.requests.map(({ action }: { action: string }) => action)).toEqual([
      "consent",
      "access",
      "access",
    ]);
    expect(list.requests[1].answer).toMatchObject({ state: "done", receipt: null, parts: [{}] });
    expect((await atTerminal(chain.configFile, "verify")).status).toBe(0);
  });

  test("export - JSON is complete and proves itself, CSV has a row for each figure, no file is replaced", async () => {
    await using chain = await startChain();
    const [entry] = await reported(chain, 1);
    const file = chain.temp.file("export.json");
    const wrote = await atTerminal(chain.configFile, "rights export", {
      files: [file],
      flags: { format: "json" },
    });
    expect(wrote).toMatchObject({ status: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, "utf8");
    expect(wrote.stdout).toContain(sha256(Buffer.from(text)).toString("hex"));
    expect(JSON.parse(text)).toMatchObject({
      format: "mailcensus-export/1",
      reports: [{ sha256: entry?.sha256, signature: entry?.signature, place: "store" }],
    });
    const again = await atTerminal(chain.configFile, "rights export", { files: [file] });
    expect(again.status).toBe(73);
    expect(await readFile(file, "utf8")).toBe(text);
    expect((await atTerminal(chain.configFile, "verify", { files: [file] })).status).toBe(0);
    // One letter of a report, of an answer, of a signature: each is seen.
    const { reports, parts } = JSON.parse(text);
    for (const [what, replaced] of [
      [
        "report",
        text.replace(JSON.stringify(reports[0].text), JSON.stringify(reports[0].text.replace("25", "26"))),
      ],
      [
        "part",
        text.replace(JSON.stringify(parts[0].answer.text), JSON.stringify(`${parts[0].answer.text} `)),
      ],
      // What nobody has signed stands beside what the collector has, and tells the reader the same.
      [
        "operator",
        text.replace('"operator": {\n  "authority"', '"operator": {\n  "another": 1,\n  "authority"'),
      ],
      ["stored", text.replace(/"stored_at": "20/, '"stored_at": "21')],
      ["others", text.replace(/"others": \[[\s\S]*\],\n "parts"/, '"others": [],\n "parts"')],
      ["parts", text.replace(/"parts": \[[\s\S]*\],\n "keys"/, '"parts": [],\n "keys"')],
    ] as const) {
      expect(replaced).not.toBe(text);
      const altered = chain.temp.file(`altered-${what}.json`);
      await writeFile(altered, replaced);
      const verified = await atTerminal(chain.configFile, "verify", { files: [altered] });
      expect(`${what} ${verified.status}`).toBe(`${what} 65`);
    }
    const csv = await atTerminal(chain.configFile, "rights export", { flags: { format: "csv" } });
    const lines = csv.stdout.split("\r\n");
    expect(lines[0]).toBe("period,revision,pointer,value");
    expect(lines).toContain(`${periodOf(new Date())},0,/totals/mailboxes,25`);
  });
});
