import { array, assert, integer, option, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { bar, stackedBar } from "#dashboards/chart/bar.ts";
import { layerLabels, stackedColumns } from "#dashboards/chart/columns.ts";
import { runsOf } from "#dashboards/chart/point.ts";
import { coordinate, niceCeiling, ticks } from "#dashboards/chart/scale.ts";
import { sparkline } from "#dashboards/chart/sparkline.ts";
import { periodLabels, timeline } from "#dashboards/chart/timeline.ts";

const BAD = /NaN|Infinity|undefined|\de[+-]\d/;
const points = array(
  record({ period: integer({ min: 0, max: 60 }), value: option(integer({ min: 0, max: 4e11 })) }),
  { maxLength: 30 },
).map((all) =>
  [...new Map(all.map((point) => [point.period, point])).values()].sort((a, b) => a.period - b.period),
);

describe("charts", () => {
  test("chart - whatever the figures, every number in it is one", () => {
    assert(
      property(points, integer({ min: 0, max: 60 }), (of, chosen) => {
        const line = timeline({ id: "x", title: "t", points: of, chosen }).toString();
        const spark = sparkline(of, chosen).toString();
        const columns = of.map(({ period, value }) => ({ period, values: [value ?? 0, 1] }));
        const layers = [
          { name: "a", kind: "a" },
          { name: "b", kind: "b" },
        ];
        const stacked = stackedColumns({ id: "x", title: "t", layers, columns, chosen }).toString();
        for (const chart of [line, spark, stacked]) expect(chart).not.toMatch(BAD);
        for (const [, width] of stacked.matchAll(/ (?:width|height)="(-?[\d.]+)"/g))
          expect(Number(width)).toBeGreaterThan(0);
      }),
    );
  });

  test.each([[], [{ period: 5, value: 0 }], [{ period: 5, value: 7 }], [{ period: 5, value: null }]])(
    "chart - %j is drawn",
    (...only) => {
      const chart = timeline({ id: "x", title: "t", points: only, chosen: 5 }).toString();
      expect(chart).toContain('role="img" aria-labelledby="x-t x-d"');
      expect(chart).not.toMatch(BAD);
      expect(chart.includes('class="dot ring"')).toBe(only.some(({ value }) => value !== null));
    },
  );

  test("chart - unknown is a gap, and so is a week without reports", () => {
    const runs = runsOf([
      { period: 1, value: 1 },
      { period: 2, value: 2 },
      { period: 3, value: null },
      { period: 4, value: 0 },
      { period: 6, value: 5 },
    ]);
    expect(runs.map((run) => run.map(({ period }) => period))).toEqual([[1, 2], [4], [6]]);
  });

  test("chart - an axis ends at or above its highest value, on a whole number", () => {
    assert(
      property(integer({ min: 0, max: 4e11 }), (value) => {
        const end = niceCeiling(value);
        expect(end).toBeGreaterThanOrEqual(Math.max(1, value));
        expect(end).toBeLessThanOrEqual(Math.max(1, value * 1.35 + 1));
        expect(ticks(end).every(Number.isInteger)).toBe(true);
      }),
    );
    expect(coordinate(Number.NaN)).toBe("0");
    expect(coordinate(-0.001)).toBe("0");
  });

  test("chart - period labels never stand on each other", () => {
    for (let chosen = 0; chosen <= 12; chosen++) {
      const of = Array.from({ length: 13 }, (_, period) => ({ period }));
      const labels = periodLabels(of, chosen).map(({ period }) => period);
      expect(labels).toContain(chosen);
      for (const [index, label] of labels.entries())
        expect(label - (labels[index - 1] ?? -9)).toBeGreaterThanOrEqual(2);
    }
  });

  test("chart - layer labels keep a line's distance", () => {
    const layers = ["a", "b", "c"].map((name) => ({ name, kind: name }));
    const at = layerLabels(layers, [1, 1, 1], (value) => 100 - value).map((label) => label.at);
    expect(at[0] ?? 0).toBeGreaterThan((at[1] ?? 0) + 14);
    expect(at[1] ?? 0).toBeGreaterThan((at[2] ?? 0) + 14);
  });

  test("chart - bars of nothing are empty, parts of a whole fill it", () => {
    expect(bar(0, 0, "x").toString()).toContain('class="fill" width="0%"');
    expect(bar(5, 10, "x").toString()).toContain('class="fill" width="50%"');
    const whole = stackedBar([
      { kind: "a", value: 1, label: "" },
      { kind: "b", value: 0, label: "" },
      { kind: "c", value: 3, label: "" },
    ]).toString();
    expect(
      [...whole.matchAll(/<svg x="([\d.]+)%" width="([\d.]+)%"/g)].map(([, x, width]) => [x, width]),
    ).toEqual([
      ["0", "25"],
      ["25", "75"],
    ]);
    expect(stackedBar([{ kind: "a", value: 0, label: "" }]).toString()).not.toMatch(BAD);
  });
});
