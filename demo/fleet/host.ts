/** One invented installation: what stays of it from week to week, drawn once. */
import type { ReportV1 } from "#schemas/report.ts";
import type { Random } from "./random.ts";
import { ELSEWHERE, REGIONS } from "./regions.ts";
import { drawSoftware, type Software } from "./software.ts";

export type HostDomain = {
  readonly name: string;
  /** Its part of the mailboxes; the parts of all add up to 1. */
  readonly share: number;
  /** The week in which it came. */
  readonly since: number;
  readonly excluded: boolean;
};

export type Host = {
  /** The first and last week, counted from 0, in which it reports. */
  readonly joins: number;
  readonly leaves: number;
  readonly consent: ReportV1["consent"];
  readonly mailboxes: number;
  /** What the mailboxes are multiplied with each week. */
  readonly growth: number;
  readonly domains: readonly HostDomain[];
  readonly aliasesPerMailbox: number;
  readonly mailboxesPerList: number;
  /** The part of the mailboxes used through web-mail. */
  readonly webmail: number;
  readonly languages: readonly (readonly [string, number])[];
  readonly unreadable: Unreadable;
  readonly software: Software;
};

/** What its agent may not or can not count. */
export type Unreadable = {
  readonly mailboxes: boolean;
  readonly lists: boolean;
  readonly languages: boolean;
  readonly components: boolean;
};

/** Draws the `number`th of `installations`; two of them stop reporting before the end. */
export function drawHost(number: number, installations: number, periods: number, random: Random): Host {
  const region = random.pick(REGIONS, ELSEWHERE);
  const late = random.chance(0.34) ? Math.floor(random.next() * (periods - 1)) + 1 : 0;
  const quits = number === Math.floor(installations / 6) || number === Math.floor(installations / 2);
  const mailboxes = clamp(Math.exp(5.2 + 1.75 * random.normal()), 4, 60_000);
  const domains = drawDomains(number, region.words, mailboxes, periods, random);
  const software = drawSoftware(periods, random);
  const level = random.chance(0.6) ? "full" : "counts";
  const purposes: ReportV1["consent"]["purposes"] = random.chance(0.3)
    ? ["offers", "statistics"]
    : ["statistics"];
  return {
    joins: Math.min(quits ? 0 : late, periods - 1),
    leaves: quits ? Math.max(0, periods - 2 - Math.floor(random.next() * 4)) : periods - 1,
    consent: { level, policy: 1, purposes, scope: 1 },
    mailboxes,
    growth: 1 + clamp(0.004 + 0.005 * random.normal(), -0.004, 0.02),
    domains,
    aliasesPerMailbox: 0.05 + 0.45 * random.next(),
    mailboxesPerList: 25 + 90 * random.next(),
    webmail: 0.25 + 0.5 * random.next(),
    languages: drawLanguages(region.languages, random),
    unreadable: {
      mailboxes: random.chance(0.06),
      lists: random.chance(0.14),
      languages: random.chance(0.1),
      components: random.chance(0.03),
    },
    software,
  };
}

function drawDomains(
  number: number,
  words: readonly string[],
  mailboxes: number,
  periods: number,
  random: Random,
): HostDomain[] {
  const wanted = clamp(Math.round((mailboxes ** 0.55 / 3) * Math.exp(0.6 * random.normal())), 1, 250);
  const weights = Array.from({ length: wanted }, (_, index) => (0.5 + random.next()) / (index + 1) ** 1.1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, index) => {
    const word = words[index % words.length] ?? "post";
    const place =
      index < words.length ? `site${number}` : `site${number}-${Math.floor(index / words.length)}`;
    return {
      name: `${word}.${place}.example`,
      share: weight / total,
      since: index > 0 && random.chance(0.08) ? Math.floor(random.next() * periods) : 0,
      excluded: index > 1 && random.chance(0.02),
    };
  });
}

/** The region's languages, a little different on each host, as shares of those who use web-mail. */
function drawLanguages(
  languages: readonly (readonly [string, number])[],
  random: Random,
): [string, number][] {
  const weights = languages.map(([language, weight]): [string, number] => [
    language,
    weight * Math.exp(0.35 * random.normal()),
  ]);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const chosen = 0.75 + 0.2 * random.next();
  return weights.map(([language, weight]) => [language, (weight / total) * chosen]);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
