import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { chainHeader, type KeyLink, signLink } from "#schemas/key-chain.ts";
import { identityFrom } from "#schemas/nkey.ts";
import { ALIVE, COLLECTOR, type Fixture, fixture, seeded, TERMS } from "./fixture.ts";

const DAY_MS = 86_400_000;
const [second, third, stranger] = ["second", "third", "stranger"].map((name) => identityFrom(seeded(name)));
if (second === undefined || third === undefined || stranger === undefined) throw new Error("no keys");
type Key = typeof COLLECTOR;

function link(from: Key, to: Key, signer = from): KeyLink {
  return signLink({ from: from.id, to: to.id, at: "2026-11-18T09:00:00Z" }, signer.privateKey);
}

/** The collector answers with this key, and says this of former ones. */
function rotate(made: Fixture, key: Key, links: readonly KeyLink[]): void {
  made.far.collector = key;
  made.far.keys = links.length === 0 ? "" : chainHeader(links);
}

/** What sending gives: a failure's code, or null. */
async function send(made: Fixture): Promise<string | null> {
  return (await made.agent().send(ALIVE)).failure?.code ?? null;
}

async function enabled(): Promise<Fixture> {
  const made = await fixture();
  await made.agent().enable(TERMS, ALIVE);
  return made;
}

const TWICE = [link(COLLECTOR, second), link(second, third)];

describe("collector's key", () => {
  test("change - followed from the pinned key, kept, and told by status", async () => {
    await using made = await enabled();
    expect((await made.agent().status()).collector_key).toBeNull();
    rotate(made, second, TWICE.slice(0, 1));
    expect(await send(made)).toBeNull();
    expect((await made.agent().status()).collector_key).toEqual({
      pinned: COLLECTOR.id,
      newest: second.id,
      changes: 1,
      followed_at: "2026-11-18T10:00:00Z",
    });
    // Nothing has to be said of former keys any more.
    rotate(made, second, []);
    expect(await send(made)).toBeNull();
  });

  test("change - several in a row while the agent was away: it follows all of them at once", async () => {
    await using made = await enabled();
    rotate(made, third, TWICE);
    expect(await send(made)).toBeNull();
    expect((await made.agent().status()).collector_key).toMatchObject({ newest: third.id, changes: 2 });
  });

  test("change - from one followed before, and with earlier changes than the pinned key's", async () => {
    await using made = await enabled();
    rotate(made, second, [link(stranger, COLLECTOR), ...TWICE.slice(0, 1)]);
    expect(await send(made)).toBeNull();
    rotate(made, third, [link(stranger, COLLECTOR), ...TWICE]);
    expect(await send(made)).toBeNull();
    expect((await made.agent().status()).collector_key).toMatchObject({ newest: third.id, changes: 2 });
  });

  test.each<[string, Key, KeyLink[]]>([
    ["no chain", second, []],
    ["a chain from another key", second, [link(stranger, second)]],
    ["a link that a stranger signed", second, [link(COLLECTOR, second, stranger)]],
    ["a chain that is cut", third, TWICE.slice(1)],
    ["a chain that goes back", stranger, [...TWICE, link(third, COLLECTOR), link(COLLECTOR, stranger)]],
    ["a true chain, stolen by another key", stranger, TWICE],
    ["a true chain, and an answer of a key in its middle", second, TWICE],
  ])("forged - %s isn't believed, and changes nothing", async (_, key, links) => {
    await using made = await enabled();
    rotate(made, key, links);
    expect(await send(made)).toBe("receipt-forged");
    expect(await made.agent().status()).toMatchObject({ collector_key: null, spool: [{ attempts: 1 }] });
    rotate(made, COLLECTOR, []);
    expect(await send(made)).toBeNull();
  });

  test("former keys - believed for a day after the change, with or without their chain, and then no more", async () => {
    await using made = await enabled();
    rotate(made, third, TWICE);
    await send(made);
    const followed = made.world.now;
    for (const [key, links] of [
      [COLLECTOR, []],
      [second, TWICE.slice(0, 1)],
    ] as const) {
      rotate(made, key, links);
      made.world.now = new Date(followed.getTime() + DAY_MS - 1_000);
      expect(await send(made)).toBeNull();
      for (const away of [DAY_MS, -1_000]) {
        made.world.now = new Date(followed.getTime() + away);
        expect(await send(made)).toBe("receipt-forged");
      }
    }
    made.world.now = new Date(followed.getTime() + DAY_MS);
    rotate(made, third, TWICE);
    expect(await send(made)).toBeNull();
    expect((await made.agent().status()).collector_key).toMatchObject({ newest: third.id });
  });

  test("former keys - none leads another way once the change was followed", async () => {
    await using made = await enabled();
    rotate(made, second, TWICE.slice(0, 1));
    await send(made);
    // As the thief of the old key would: longer than what was followed, and beside it.
    rotate(made, stranger, [link(COLLECTOR, third), link(third, stranger)]);
    expect(await send(made)).toBe("receipt-forged");
    expect((await made.agent().status()).collector_key).toMatchObject({ newest: second.id });
  });

  test("collector-key.json - damaged or altered it counts for nothing, and the change is followed again", async () => {
    await using made = await enabled();
    rotate(made, second, TWICE.slice(0, 1));
    await send(made);
    const path = made.agent().paths.collectorKey;
    const kept = await readFile(path, "utf8");
    for (const text of ["", kept.replace(second.id, stranger.id), kept.slice(0, -20)]) {
      await writeFile(path, text);
      expect((await made.agent().status()).collector_key).toBeNull();
      rotate(made, stranger, []);
      expect(await send(made)).toBe("receipt-forged");
      rotate(made, second, TWICE.slice(0, 1));
      expect(await send(made)).toBeNull();
    }
  });
});
