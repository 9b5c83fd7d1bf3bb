import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const sheet = readFileSync(new URL("../../../dashboards/static/page.css", import.meta.url), "utf8");
const [light = "", dark = ""] = [...sheet.matchAll(/:root \{([^}]*)\}/g)].map((match) => match[1] ?? "");

function colours(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name = "", hex = ""]) => [name, hex]),
  );
}

/** WCAG 2 relative luminance. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([
  ["light", colours(light)],
  ["dark", colours(dark)],
])("palette - %s", (_, palette) => {
  const colour = (name: string): string => palette.get(name) ?? "#808080";

  test.each(["ink", "muted", "accent"])("palette - text in %s has 4.5:1 against the ground", (name) => {
    expect(contrast(colour(name), colour("ground"))).toBeGreaterThanOrEqual(4.5);
  });
  test("palette - the notice has 4.5:1", () => {
    expect(contrast(colour("notice-ink"), colour("notice-ground"))).toBeGreaterThanOrEqual(4.5);
  });
  test.each(["accent", "second", "third", "outline"])("palette - marks in %s have 3:1", (name) => {
    expect(contrast(colour(name), colour("ground"))).toBeGreaterThanOrEqual(3);
  });
  test("palette - neighbouring states differ in lightness, whatever colours one sees", () => {
    expect(contrast(colour("accent"), colour("second"))).toBeGreaterThanOrEqual(1.8);
    expect(contrast(colour("second"), colour("hollow"))).toBeGreaterThanOrEqual(1.8);
  });
});
