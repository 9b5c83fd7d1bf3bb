import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { eraseLeftOver } from "#collector/rights/erase.ts";
import { openStore } from "#collector/store/index.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import { findBytes, keyNeedles, reportNeedles } from "#support/byte-search.ts";
import { alice, answersIn, EVIDENCE, naming, startDesk } from "./desk-stage.ts";
import { publishAll, untilDrained } from "./harness.ts";

describe("rights desk", () => {
  test("erase - while somebody reads the store its journal waits, and is overwritten once nobody does", async () => {
    await using there = await startDesk();
    const inside = await there.broker.connectCollector();
    await publishAll(inside, [naming(alice, "quokka.example")]);
    await untilDrained(inside);
    const search = () =>
      findBytes([there.folder.path], { ...keyNeedles(alice), ...reportNeedles([], ["quokka"]) });
    const reader = new Database(there.folder.file("store.db"), { readonly: true });
    const rows = reader.prepare("select * from report").iterate();
    rows.next();
    const done = await there.desk("erase", { id: alice.id, evidence: EVIDENCE, yes: true });
    expect(answersIn(done.out, there.collector.key)[0]).toMatchObject({
      store: "pending",
      broker: { settled: "gone" },
    });
    await using store = await openStore(there.collector.storeUrl);
    const again = () => eraseLeftOver(store, inside, BASE_CONTRACT.subjects, new AbortController().signal);
    await again();
    expect(await search()).not.toEqual([]);
    rows.return?.();
    reader.close();
    await again();
    expect(await search()).toEqual([]);
    expect(store.reader.rights.leftAtBroker()).toEqual([]);
  });
});
