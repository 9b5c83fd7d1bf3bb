import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dashboards, runDashboards } from "#dashboards/main.ts";
import { fleet, NOW, type SampleStore, sampleStore } from "../../unit/query/sample-store.ts";

const now = (): Date => NOW;

describe("dashboards", () => {
  let store: SampleStore;
  let dashboards: Dashboards;
  beforeAll(async () => {
    store = await sampleStore(fleet(10, 3));
    dashboards = await runDashboards({
      storePath: store.path,
      now,
      notice: "A <sample> & nothing else",
      operator: { name: "Example Mail", contact: "census@example.org" },
    });
  });
  afterAll(async () => {
    await dashboards[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(new URL(path, dashboards.url), init);

  test("server - listens on loopback and shows whose page it is, escaped", async () => {
    expect(new URL(dashboards.url).hostname).toBe("127.0.0.1");
    const response = await get("/");
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toContain("A &#60;sample&#62; &#38; nothing else");
    expect(text).toContain("Operator’s own view");
    expect(text).toContain("Example Mail");
    expect(text).not.toMatch(/<script|<style|style="|U[A-Z2-7]{55}|\.example\b/);
  });

  test.each(["/", "/healthz", "/static/page.css", "/nowhere", "/?period=nonsense"])(
    "server - %s carries the security headers",
    async (path) => {
      const { headers } = await get(path);
      expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'self';/);
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("server")).toBeNull();
    },
  );

  test("server - HEAD answers as GET without a body", async () => {
    const head = await get("/", { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(10_000);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("server - %s is 405", async (method) => {
    for (const path of ["/", "/nowhere"]) {
      const response = await get(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD");
    }
  });

  test.each([
    "/nowhere",
    "/?period=2026-W54",
    "/?period=2019-W01",
    "/?period=",
    "/?period=2026-W47&period=2026-W46",
    "/static/../main.ts",
    "/static/%2e%2e/main.ts",
    "/%ff",
  ])("server - %s is no page", async (path) => {
    const response = await get(path);
    expect([400, 404]).toContain(response.status);
    expect(response.headers.get("content-type")).toContain("text/html");
  });

  test("server - a week can be asked for", async () => {
    expect(await (await get("/?period=2026-W46")).text()).toContain("Census of week 46 of 2026");
    expect(await (await get("/")).text()).toContain("the week isn’t over");
  });

  test("server - installations that may be made up can be left out, in the weeks before and after too", async () => {
    const [all, proven] = [await (await get("/")).text(), await (await get("/?whose=proven")).text()];
    const installations = (text: string) =>
      Number(/Installations<\/h2><p class="figure">(\d+)/.exec(text)?.[1]);
    const unproven = Number(/(\d+) of them in fewer than three weeks/.exec(all)?.[1]);
    expect(unproven).toBeGreaterThan(0);
    expect(installations(proven)).toBe(installations(all) - unproven);
    expect(all).toMatch(/href="\/\?period=[\w-]+&#38;whose=proven">count the others alone/);
    expect(proven).toMatch(/rel="prev" href="\/\?period=[\w-]+&#38;whose=proven"/);
    expect(proven).toContain('<input type="hidden" name="whose" value="proven">');
  });

  test("server - a foreign name that points here is refused", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(dashboards.url, { headers: { host: "rebound.example:8080" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(421);
  });

  test("server - healthy while the store can be read", async () => {
    const response = await get("/healthz");
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });
});

test("server - an empty store is said, with what to do, and is healthy", async () => {
  await using store = await sampleStore([]);
  await using dashboards = await runDashboards({ storePath: store.path, now });
  const response = await fetch(dashboards.url);
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("10");
  expect(await response.text()).toContain("mailcensus agent enable");
  expect((await fetch(new URL("/healthz", dashboards.url))).status).toBe(200);
});

test("server - a store that isn't there is said, and seen once it is there", async () => {
  await using store = await sampleStore(fleet(2, 1));
  const { rename } = await import("node:fs/promises");
  const elsewhere = join(store.path, "..", "later.sqlite");
  await using dashboards = await runDashboards({ storePath: elsewhere, now });
  const before = await fetch(dashboards.url);
  expect(before.status).toBe(503);
  expect(await before.text()).toContain("mailcensus collector run");
  expect((await fetch(new URL("/healthz", dashboards.url))).status).toBe(503);
  await rename(store.path, elsewhere);
  expect((await fetch(dashboards.url)).status).toBe(200);
});

test("server - ends with its signal, and disposing twice is safe", async () => {
  await using store = await sampleStore([]);
  const ending = new AbortController();
  const dashboards = await runDashboards({ storePath: store.path, now }, ending.signal);
  ending.abort();
  await dashboards[Symbol.asyncDispose]();
  await dashboards[Symbol.asyncDispose]();
  await expect(fetch(dashboards.url)).rejects.toThrow();
  await expect(runDashboards({ storePath: store.path }, ending.signal)).rejects.toMatchObject({
    code: "shutting-down",
  });
});

test("server - a port that is taken is a fault of the configuration", async () => {
  await using store = await sampleStore([]);
  await using first = await runDashboards({ storePath: store.path });
  const port = Number(new URL(first.url).port);
  await expect(runDashboards({ storePath: store.path, port })).rejects.toMatchObject({
    code: "config-invalid",
  });
});
