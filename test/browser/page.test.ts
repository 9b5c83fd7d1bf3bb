import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Census, readCensus } from "#collector/query/census.ts";
import { openReadStore } from "#collector/query/open.ts";
import { bandName, count, languageName, week } from "#dashboards/format.ts";
import { type Dashboards, runDashboards } from "#dashboards/main.ts";
import { featureName, metricName } from "#dashboards/words.ts";
import { skipReason } from "#setup/available.ts";
import { findBrowser } from "#setup/browser.ts";
import { fleet, NOW, type SampleStore, sampleStore, UNTIL } from "../unit/query/sample-store.ts";

const found = await findBrowser();
const missing = skipReason(found);

describe.skipIf(missing !== undefined)(
  `the page in a browser${missing === undefined ? "" : `: ${missing}`}`,
  () => {
    let store: SampleStore;
    let dashboards: Dashboards;
    let browser: Browser;
    let census: Census;
    beforeAll(async () => {
      store = await sampleStore(fleet());
      dashboards = await runDashboards({ storePath: store.path, now: () => NOW, notice: "Demonstration" });
      if ("missing" in found) return;
      browser = await chromium.launch({ executablePath: found.executablePath, args: found.args });
      await using read = openReadStore(store.path);
      const figures = await read.snapshot((db) => readCensus(db, null, UNTIL));
      if (figures !== null) census = figures;
    });
    afterAll(async () => {
      await browser?.close();
      await dashboards[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    });

    type Seen = {
      readonly page: Page;
      readonly requests: string[];
      readonly faults: string[];
    } & AsyncDisposable;
    async function open(
      path = "",
      options: { width?: number; colorScheme?: "light" | "dark"; javaScriptEnabled?: boolean } = {},
    ): Promise<Seen> {
      const { width = 1280, colorScheme = "light", javaScriptEnabled = false } = options;
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme,
        javaScriptEnabled,
      });
      const page = await context.newPage();
      const requests: string[] = [];
      const faults: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      page.on("console", (message) => faults.push(message.text()));
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("requestfailed", (request) => faults.push(request.url()));
      await page.goto(dashboards.url + path);
      return { page, requests, faults, [Symbol.asyncDispose]: () => context.close() };
    }

    /** The rows of a table, as texts. */
    async function rows(page: Page, name: string): Promise<string[][]> {
      const all = await page.locator(`table[data-figures="${name}"] tbody tr`).all();
      return Promise.all(
        all.map(async (row) =>
          (await row.locator("th, td:not(.bar)").allTextContents()).map((text) => text.trim()),
        ),
      );
    }

    test("page - renders without JavaScript, without faults, from its own server alone", async () => {
      await using seen = await open();
      expect(await seen.page.locator("h1").textContent()).toBe("Census of week 47 of 2026");
      expect(await seen.page.locator("section").count()).toBe(8);
      expect(seen.faults).toEqual([]);
      expect(seen.requests.filter((url) => !url.startsWith(dashboards.url))).toEqual([]);
    });

    test("page - is the same with JavaScript, and breaks no rule of its own policy", async () => {
      await using seen = await open("", { javaScriptEnabled: true });
      expect(seen.faults).toEqual([]);
    });

    test.each(["light", "dark"] as const)(
      "page - %s has a ground of its own and a picture",
      async (colorScheme) => {
        await using seen = await open("", { colorScheme, javaScriptEnabled: true });
        const ground = await seen.page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
        expect(ground).toBe(colorScheme === "light" ? "rgb(252, 251, 248)" : "rgb(20, 23, 27)");
        expect((await seen.page.screenshot()).length).toBeGreaterThan(20_000);
      },
    );

    test.each([360, 480, 760, 1280])("page - at %i pixels nothing hangs over the edge", async (width) => {
      await using seen = await open("", { width, javaScriptEnabled: true });
      await seen.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true");
      expect(await seen.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      // Texts of a chart stay within it, and don't lie on each other.
      const clashes = await seen.page.evaluate(`(() => {
      const clashes = [];
      for (const chart of document.querySelectorAll("svg.chart")) {
        const frame = chart.getBoundingClientRect();
        const texts = [...chart.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
        for (const [index, [name, box]] of texts.entries()) {
          if (box.left < frame.left - 2 || box.top < frame.top - 2 || box.right > document.documentElement.clientWidth)
            clashes.push(name + " leaves its chart");
          for (const [other, next] of texts.slice(index + 1)) {
            const across = Math.min(box.right, next.right) - Math.max(box.left, next.left);
            const along = Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top);
            if (across > 1 && along > 3) clashes.push(name + " on " + other);
          }
        }
      }
      return clashes;
    })()`);
      expect(clashes).toEqual([]);
    });

    test("page - every chart has a name, a description and a table that opens without JavaScript", async () => {
      await using seen = await open();
      const charts = await seen.page.locator("svg.chart").all();
      expect(charts.length).toBe(10);
      for (const chart of charts) {
        expect(await chart.getAttribute("role")).toBe("img");
        expect(await chart.locator("> title").textContent()).not.toBe("");
        expect(await chart.locator("> desc").textContent()).not.toBe("");
        const id = (await chart.getAttribute("aria-labelledby"))?.split("-t ")[0];
        const table = seen.page.locator(`details:has(table[data-figures="${id}"])`);
        expect(await table.locator("table").isVisible()).toBe(false);
        await table.locator("summary").click();
        expect(await table.locator("table").isVisible()).toBe(true);
      }
      for (const stacked of await seen.page.locator("svg.bar").all())
        expect(await stacked.getAttribute("aria-hidden")).toBe("true");
    });

    test("page - the tables' numbers are the query's", async () => {
      await using seen = await open();
      const { page } = seen;
      const { history, now, sizes, languages, features, versions, unknowns } = census;
      expect(await rows(page, "growth-mailboxes")).toEqual(
        history
          .toReversed()
          .map(({ period, installations, totals: { mailboxes } }) => [
            week(period),
            count(mailboxes.sum ?? -1),
            `${mailboxes.told} of ${installations}`,
          ]),
      );
      for (const { measure, bands } of sizes)
        expect((await rows(page, `sizes-${measure}`)).map((row) => row.slice(0, 2))).toEqual(
          bands.map(({ from, to, installations }) => [bandName(from, to), count(installations)]),
        );
      const told = [...(await rows(page, "languages")), ...(await rows(page, "languages-more"))];
      expect(told.map(([name, mailboxes, , having]) => [name, mailboxes, having])).toEqual(
        languages.languages.map(({ language, mailboxes, installations }) => [
          languageName(language),
          count(mailboxes),
          count(installations),
        ]),
      );
      const states = new Map(
        (await rows(page, "features")).map(([name, ...rest]) => [name, rest.slice(0, 4)]),
      );
      for (const { feature, enabled, installed, absent, unknown } of features)
        expect(states.get(featureName(feature))).toEqual([enabled, installed, absent, unknown].map(String));
      for (const { product, versions: all, having } of versions) {
        const shown = await rows(page, `versions-${product}`);
        expect(shown.reduce((sum, [, running]) => sum + Number(running), 0)).toBe(having);
        expect(shown[0]?.[1]).toBe(String(all[0]?.installations));
      }
      expect((await rows(page, "unknowns")).map((row) => row.slice(0, 2))).toEqual(
        unknowns
          .filter(({ unknown }) => unknown > 0)
          .map(({ metric, unknown }) => [metricName(metric), String(unknown)]),
      );
      expect(await page.locator(".figure").allTextContents()).toEqual([
        count(now.installations),
        ...(["domains", "mailboxes", "lists"] as const).map((total) => count(now.totals[total].sum ?? -1)),
      ]);
    });

    test("page - weeks are walked by links and by the form", async () => {
      await using seen = await open();
      await seen.page.locator("a[rel=prev]").click();
      expect(await seen.page.locator("h1").textContent()).toBe("Census of week 46 of 2026");
      await seen.page.locator("select[name=period]").selectOption("2026-W40");
      await seen.page.locator("form button").click();
      expect(await seen.page.locator("h1").textContent()).toBe("Census of week 40 of 2026");
      expect(seen.faults).toEqual([]);
    });
  },
);
