import { describe, expect, test } from "vitest";
import { Pruner } from "#collector/prune.ts";
import type { Store } from "#collector/store/index.ts";
import { KeyCache } from "#collector/verify.ts";
import { backoff, Commits, pause } from "#collector/waiting.ts";
import { testIdentity } from "#support/reports.ts";

const never = new AbortController().signal;

describe("ingest", () => {
  test("keys - are kept, the oldest given up, and what is no key is none", () => {
    const cache = new KeyCache(2);
    const [one, two, three] = [1, 2, 3].map((seed) => testIdentity(seed).id);
    const kept = cache.get(one ?? "");
    expect(kept).not.toBeNull();
    cache.get(two ?? "");
    expect(cache.get(one ?? "")).toBe(kept);
    cache.get(three ?? "");
    expect(cache.get(one ?? "")).toBe(kept);
    expect(cache.get("rubbish")).toBeNull();
  });

  test("waits - end with the time, the signal or a commit of that installation, and never throw", async () => {
    const commits = new Commits();
    expect(await commits.next("bob", 5, never)).toBe(false);
    const waiting = [commits.next("bob", 60_000, never), commits.next("bob", 60_000, never)];
    const anothers = commits.next("mallory", 20, never);
    commits.announce(["bob", "carol"]);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(await anothers).toBe(false);
    const end = new AbortController();
    const aborted = commits.next("bob", 60_000, end.signal);
    end.abort();
    expect(await aborted).toBe(false);
    await pause(60_000, AbortSignal.abort());
  });

  test("waits - grow from 100 ms to 5 s", () => {
    expect([0, 1, 2, 5, 6, 60].map(backoff)).toEqual([100, 200, 400, 3200, 5000, 5000]);
  });

  test("pruning - goes up to an ack floor that has stood for ten minutes, and no further", async () => {
    const pruned: number[] = [];
    let floor = 10;
    const store = {
      transaction: (work: (ingest: unknown) => unknown) =>
        work({ stream: () => 1, prune: (_: number, upTo: number) => pruned.push(upTo) }),
    } as unknown as Store;
    const info = () => Promise.resolve({ ack_floor: { stream_seq: floor, consumer_seq: floor } } as never);
    let minutes = 0;
    const pruner = new Pruner({ info }, store, "a", () => minutes * 60_000);
    for (const [at, newFloor] of [
      [0, 10],
      [9, 50],
      [10, 70],
      [15, 90],
      [20, 95],
    ] as const) {
      [floor, minutes] = [newFloor, at];
      await pruner.prune();
    }
    expect(pruned).toEqual([10, 70]);
  });
});
