import { describe, expect, test } from "vitest";
import { type Benchmark, resultOf } from "../../../bench/benchmark.ts";
import { type Contender, measure, spread, WrongResult } from "../../../bench/rounds.ts";
import { duration, tableOf } from "../../../bench/table.ts";

/** A clock that goes on only where a contender says so. */
function clock(): { now: () => number; spend: (ms: number) => void } {
  let time = 0;
  return {
    now: () => time,
    spend: (ms) => {
      time += ms;
    },
  };
}

describe("rounds", () => {
  test("order - every contender once a round, another one first each time", async () => {
    const { now, spend } = clock();
    const order: string[] = [];
    const contender = (name: string, ms: number): Contender => ({
      name,
      operations: 10,
      pass: () => {
        order.push(name);
        spend(ms);
        return name;
      },
      isRight: (given) => given === name,
    });
    const figures = await measure([contender("a", 1), contender("b", 3)], { rounds: 2, warming: 1, now });
    expect(order.join("")).toBe("abbaab");
    expect(figures).toEqual([
      { name: "a", median: 100, min: 100, max: 100, rounds: 2 },
      { name: "b", median: 300, min: 300, max: 300, rounds: 2 },
    ]);
  });

  test("results - a wrong one ends it, in the rounds that warm too", async () => {
    const wrong: Contender = { name: "x", operations: 1, pass: () => 1, isRight: () => false };
    await expect(measure([wrong], { rounds: 1, warming: 1, now: () => 0 })).rejects.toThrow(WrongResult);
  });

  test("spread - median, least and greatest", () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, rounds: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4, rounds: 4 });
    expect(spread([]).median).toBeNaN();
  });

  test("table - ratios to the baseline, and which targets are kept", () => {
    const benchmark: Benchmark = {
      name: "n",
      about: "about",
      contenders: [],
      baseline: "a",
      targets: [
        { kind: "ratio", contender: "b", atMost: 2.5 },
        { kind: "longest", contender: "b", atMostMs: 50 },
        { kind: "ratio", contender: "gone", atMost: 1 },
      ],
      rounds: 1,
      warming: 0,
    };
    const figure = (name: string, median: number) => ({ name, median, min: median, max: median, rounds: 1 });
    const result = resultOf(benchmark, [figure("a", 10), figure("b", 30)], [{ name: "b", ms: 4 }]);
    expect(result.lines.map(({ ratio }) => ratio)).toEqual([1, 3]);
    expect(result.verdicts.map(({ kept }) => kept)).toEqual([false, true, false]);
    expect(tableOf(result).split("\n")).toEqual([
      "n: about",
      "    median    least  greatest  ratio  longest",
      "a  10.0 µs  10.0 µs   10.0 µs      1",
      "b  30.0 µs  30.0 µs   30.0 µs   3.00  4.00 ms",
      "MISSED: b at most 2.5 × (3.00)",
      "kept: no call of b over 50 ms (4.0)",
      "MISSED: gone at most 1 × (NaN)",
      "",
    ]);
    expect([duration(1.5), duration(1500), duration(2_000_000)]).toEqual(["1.50 µs", "1.50 ms", "2.00 s"]);
  });
});
