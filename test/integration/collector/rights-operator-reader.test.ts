import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { eraseLeftOver, eraseRows, finishErasing } from "#collector/rights/erase.ts";
import { openStore } from "#collector/store/index.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { findBytes, keyNeedles, reportNeedles } from "#support/byte-search.ts";
import { alice, naming, startDesk } from "./desk-stage.ts";
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
    await using store = await openStore(there.collector.storeUrl);
    const publicKey = publicBytes(alice.id) ?? Buffer.alloc(0);
    const wanted = { publicKey, what: "everything", reports: [], via: "operator" } as const;
    const { subjects } = BASE_CONTRACT;
    const erased = store.transaction((ingest) => eraseRows(ingest, wanted, 1_790_000_000));
    // Told to end, it doesn't wait for the reader.
    const erasing = { store, nats: inside, subjects, now: () => new Date(), signal: AbortSignal.abort() };
    expect(await finishErasing(erasing, wanted, erased)).toMatchObject({ reports: 1, store: "pending" });
    const again = () => eraseLeftOver(store, inside, subjects, new AbortController().signal);
    await again();
    expect(await search()).not.toEqual([]);
    rows.return?.();
    reader.close();
    await again();
    expect(await search()).toEqual([]);
    expect(store.reader.rights.leftAtBroker()).toEqual([]);
  });
});
