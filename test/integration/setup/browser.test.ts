import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { orSkip } from "#setup/available.ts";
import { findBrowser } from "#setup/browser.ts";

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

test("setup - the browser opens a page on loopback and takes its picture", async (context) => {
  const { executablePath, args } = orSkip(context, await findBrowser());
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>proof</title><body style='margin:0;background:#f00'><p id=p>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage({ viewport: { width: 40, height: 30 } });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await page.title()).toBe("proof");
    expect(await page.evaluate("document.body.clientWidth")).toBe(40);
    const picture = await page.screenshot();
    expect(picture.subarray(0, PNG.length)).toEqual(PNG);
    // IHDR's width and height.
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([40, 30]);
  } finally {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
  }
});
