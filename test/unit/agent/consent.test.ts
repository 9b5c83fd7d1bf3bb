import { describe, expect, test } from "vitest";
import {
  type Consent,
  covers,
  doNotTrack,
  effectiveConsent,
  effectiveSentence,
  purposesOf,
} from "#agent/consent.ts";

const consent: Consent = {
  version: 1,
  level: "counts",
  purposes: ["statistics"],
  policy: 1,
  scope: 1,
  policy_sha256: null,
  since: "2026-11-18T10:00:00Z",
};

describe("consent", () => {
  test.each([
    ["1", true],
    ["true", true],
    ["yes", true],
    ["0", false],
    ["false", false],
    ["False", false],
    ["", false],
    [undefined, false],
  ])("DO_NOT_TRACK - %j means %j", (value, expected) => {
    expect(doNotTrack(value === undefined ? {} : { DO_NOT_TRACK: value })).toBe(expected);
  });

  test("effective - off unless agreed, with the reason", () => {
    expect(effectiveConsent(null, {})).toEqual({ level: "off", reason: "never-enabled" });
    expect(effectiveConsent("damaged", {})).toEqual({ level: "off", reason: "unreadable" });
    expect(effectiveConsent({ ...consent, level: "off" }, {})).toEqual({ level: "off", reason: "disabled" });
    expect(effectiveConsent(consent, {}).reason).toBe("agreed");
    const untracked = effectiveConsent(consent, { DO_NOT_TRACK: "1" });
    expect(untracked.level).toBe("off");
    expect(effectiveSentence(untracked)).toBe("off because DO_NOT_TRACK is set in the environment");
  });

  test("covers - nobody sends more than what is agreed to today", () => {
    const agreed = effectiveConsent(consent, {});
    const counts = { level: "counts", purposes: ["statistics"], policy: 1, scope: 1 } as const;
    expect(covers(agreed, { ...counts, scope: 2 })).toBe(false);
    expect(covers(agreed, counts)).toBe(true);
    expect(covers(agreed, { ...counts, level: "full" })).toBe(false);
    expect(covers(agreed, { ...counts, level: "local" })).toBe(false);
    expect(covers(agreed, { ...counts, purposes: ["offers", "statistics"] })).toBe(false);
    expect(covers(effectiveConsent({ ...consent, level: "full" }, {}), counts)).toBe(true);
    expect(covers(effectiveConsent({ ...consent, level: "local" }, {}), counts)).toBe(false);
    expect(covers(effectiveConsent({ ...consent, level: "off" }, {}), counts)).toBe(false);
  });

  test("purposes - in order, without repeats, known ones only", () => {
    expect(purposesOf(["statistics", "offers", "statistics"])).toEqual(["offers", "statistics"]);
    expect(purposesOf(["statistics", "advertising"])).toBeNull();
  });
});
