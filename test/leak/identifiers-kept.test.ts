/** A report with an identifier in it is refused before anything of it is kept, by the agent and by the collector. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prepare, settleBatch } from "#collector/settle.ts";
import { openStore } from "#collector/store/index.ts";
import { KeyCache, verifyMessage } from "#collector/verify.ts";
import { canonicalBytes } from "#schemas/canonical.ts";
import { periodNumber, periodOf } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";
import { signBytes, testIdentity, testReport } from "#support/reports.ts";
import { tempFolder } from "#support/temp.ts";
import { ALIVE, fixture } from "../unit/agent/fixture.ts";
import { IDENTIFIERS } from "./identifier-arbitrary.ts";
import { placedEverywhere } from "./placed.ts";
import { tellsTooMuch } from "./refusals.ts";

type Refused = { readonly document: unknown; readonly identifier: string; readonly where: string };

const NOW = new Date("2026-11-18T10:00:00Z");
const valid = testReport(testIdentity(1), { period: periodOf(NOW), domains: 2 });

/** So many of every kind, each at another place of a valid report: over the kinds, every place is met. */
function refusedReports(ofEachKind: number): Refused[] {
  return IDENTIFIERS.flatMap(({ arbitrary }, kind) => {
    // Seldom so short that it could stand in a file by chance.
    const identifiers = fc.sample(
      arbitrary.filter((found) => String(found).length >= 9),
      ofEachKind,
    );
    return identifiers.map((identifier, turn) => {
      const placed = [...placedEverywhere(valid, identifier)];
      const chosen = placed[((turn * IDENTIFIERS.length + kind) * 7) % placed.length];
      return { document: chosen?.document, identifier: String(identifier), where: chosen?.where ?? "" };
    });
  });
}

/** Every file under a folder, its name and its bytes. */
async function bytesUnder(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return Promise.all(
    entries.flatMap(async (entry) => {
      const name = Buffer.from(entry.name);
      const content = entry.isFile() ? await readFile(join(entry.parentPath, entry.name)) : Buffer.alloc(0);
      return Buffer.concat([name, content]);
    }),
  );
}

/** Whether bytes hold a text as it is, or as JSON writes it. */
function holds(bytes: readonly Buffer[], text: string): boolean {
  const written = JSON.stringify(text).slice(1, -1);
  return bytes.some((found) => found.includes(text) || found.includes(written));
}

describe("identifiers", () => {
  test("agent - refused before spool and draft; only rule and pointer are kept", async () => {
    let counted: unknown = valid;
    await using made = await fixture({ ports: { count: async () => counted as ReportV1 } });
    const agent = made.agent();
    for (const { document, identifier, where } of refusedReports(3)) {
      counted = document;
      const preview = agent.preview({ level: "full" }, ALIVE);
      const failure: unknown = await preview.then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure, `${where} ${identifier}`).toMatchObject({ code: "report-refused" });
      expect(holds([Buffer.from(JSON.stringify(failure) + String(failure))], identifier), where).toBe(false);
      const { refused, spool } = await agent.status();
      expect(spool).toEqual([]);
      expect(tellsTooMuch(refused ?? { rule: "", pointer: "" })).toBe("");
      expect(Object.keys(refused ?? {}).sort()).toEqual(["at", "pointer", "rule"]);
      expect(await readdir(agent.paths.drafts)).toEqual([]);
      expect(await readdir(agent.paths.spool)).toEqual([]);
      expect(holds(await bytesUnder(agent.paths.folder), identifier), `${where} ${identifier}`).toBe(false);
    }
    expect(made.far.connections).toBe(0);
    // The same way, with nothing in it, is not refused: the drafts folder is where it would have been.
    counted = valid;
    await agent.preview({ level: "full" }, ALIVE);
    expect(holds(await bytesUnder(agent.paths.drafts), "blau")).toBe(true);
  });

  test("agent - refused in the next week too, when nobody looks on", async () => {
    let counted: unknown = valid;
    await using made = await fixture({ ports: { count: async () => counted as ReportV1 } });
    const agent = made.agent();
    await agent.enable({ level: "full", purposes: ["statistics"] }, ALIVE);
    made.world.now = new Date("2026-11-25T10:00:00Z");
    for (const { document, identifier, where } of refusedReports(1)) {
      counted = document;
      await expect(agent.send(ALIVE), where).rejects.toMatchObject({ code: "report-refused" });
      expect(await readdir(agent.paths.spool)).toEqual([]);
      expect(holds(await bytesUnder(agent.paths.folder), identifier), `${where} ${identifier}`).toBe(false);
    }
    expect(made.far.connections).toBe(0);
  });

  test("collector - set aside before storing; no file of the store holds it", async () => {
    await using folder = await tempFolder();
    const store = await openStore(`sqlite:${folder.file("store.db")}`);
    const refused = refusedReports(5);
    const identity = testIdentity(1);
    const keys = new KeyCache();
    const arrivals = await Promise.all(
      [valid, ...refused.map(({ document }) => document)].map(async (document, index) => {
        const { subject, bytes, headers } = signBytes(identity, canonicalBytes(document));
        const header = (name: string): string[] => headers.values(name);
        const evidence = await verifyMessage({ subject, bytes, header }, keys);
        return { sequence: index + 1, stamp: index + 1, bytes, evidence };
      }),
    );
    const settled = settleBatch(store, arrivals.map(prepare), {
      incarnation: "a",
      period: periodNumber(NOW),
      now: NOW,
    });
    expect(settled[0]).toBe("stored");
    const wrong = refused.filter((_, index) => settled[index + 1] !== "quarantined");
    expect(wrong.map(({ where, identifier }) => `${where} ${identifier}`)).toEqual([]);
    const open = await bytesUnder(folder.path);
    await store[Symbol.asyncDispose]();
    const files = [...open, ...(await bytesUnder(folder.path))];
    for (const { identifier, where } of refused)
      expect(holds(files, identifier), `${where} ${identifier}`).toBe(false);
    const database = new Database(folder.file("store.db"), { readonly: true });
    const rows = database
      .prepare<[], { rule: string; pointer: string }>("select rule, pointer from quarantine")
      .all();
    const stored = database.prepare("select count(*) from report").pluck().get();
    database.close();
    expect(stored).toBe(1);
    expect(rows.length).toBe(new Set(arrivals.slice(1).map(({ bytes }) => bytes.toString())).size);
    expect(rows.map(tellsTooMuch).filter((wrong) => wrong !== "")).toEqual([]);
  });
});
