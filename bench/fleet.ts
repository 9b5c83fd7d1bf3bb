/** The weekly reports of a fleet: names stay, numbers move a little from week to week. The same ones each time. */
import { canonicalBytes } from "#schemas/canonical.ts";
import { FEATURES } from "#schemas/generated/words.gen.ts";
import { formatPeriod, periodNumber } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";
import { type SignedReport, signBytes, testIdentity } from "#support/reports.ts";

export type FleetOptions = {
  readonly installations: number;
  /** So many periods up to the present one. */
  readonly weeks: number;
  readonly domains: number;
  /** Languages that each domain names: they make a report large. */
  readonly languages: number;
  /** Where the fleet's own numbers begin, so that two fleets have no installation in common. */
  readonly first?: number;
};

const LANGUAGES = ["de-DE", "en-GB", "en-US", "es-ES", "fr-FR", "it-IT", "nl-NL", "pl-PL", "ro-RO", "ru-RU"];
const SYLLABLES = ["ba", "ko", "mi", "ter", "lun", "sa", "ver", "dor", "ni", "fal", "gus", "pe"];
const ENDS = ["com", "de", "org", "net", "fr", "co.uk", "it", "ro"];
const STATES = ["enabled", "absent", "enabled", "installed"] as const;

/** Week by week, as a collector gets them. */
export function signedFleet(options: FleetOptions): readonly SignedReport[] {
  const { installations, weeks, first = 0 } = options;
  const identities = Array.from({ length: installations }, (_, n) => testIdentity(first + n));
  const present = periodNumber(new Date());
  return Array.from({ length: weeks }, (_, week) =>
    identities.map((identity, n) => {
      const report = weekly(identity.id, first + n, week, present - weeks + 1 + week, options);
      return signBytes(identity, canonicalBytes(report));
    }),
  ).flat();
}

function weekly(
  installation: string,
  seed: number,
  week: number,
  period: number,
  { domains, languages }: FleetOptions,
): ReportV1 {
  const lasting = numbers(seed * 7919 + 1);
  const moving = numbers(seed * 104_729 + week * 31 + 7);
  // A fifth of the numbers is another one than the week before.
  const count = (below: number): number => {
    const base = lasting(below);
    return moving(5) === 0 ? base + moving(3) : base;
  };
  const told = (): { language: string; mailboxes: number }[] =>
    LANGUAGES.slice(0, languages).map((language) => ({ language, mailboxes: 5 * (1 + count(12)) }));
  const names = new Set<string>();
  while (names.size < domains) names.add(domainName(lasting));
  const list = [...names].sort().map((domain) => {
    const mailboxes = 60 + count(400);
    return { aliases: count(40), domain, languages: told(), lists: count(4), mailboxes };
  });
  const total = (key: "aliases" | "lists" | "mailboxes"): number =>
    list.reduce((sum, row) => sum + row[key], 0);
  return {
    schema: 1,
    installation,
    period: formatPeriod(period),
    revision: 0,
    consent: { level: "full", policy: 1, purposes: ["statistics"], scope: 1 },
    agent: "0.1.0",
    components: [
      { name: "dovecot", role: "imap", version: `2.3.${lasting(22)}` },
      { name: "postfix", role: "mta", version: `3.7.${lasting(12)}` },
    ],
    totals: {
      aliases: total("aliases"),
      domains: list.length,
      lists: total("lists"),
      mailboxes: total("mailboxes"),
    },
    languages: told(),
    features: FEATURES.map((feature) => ({
      feature,
      state: STATES[lasting(STATES.length)] ?? "absent",
      ...(feature === "webmail" ? { usage: count(1000) } : {}),
    })),
    domains: { list, withheld: { excluded: 0, form: 0, limit: 0 } },
    unknown: [],
  };
}

function domainName(number: (below: number) => number): string {
  const syllables = Array.from({ length: 2 + number(4) }, () => SYLLABLES[number(SYLLABLES.length)]);
  return `${syllables.join("")}${number(3) === 0 ? `-${number(90)}` : ""}.${ENDS[number(ENDS.length)]}`;
}

/** Numbers from 0 to below a limit, always the same for a seed. */
function numbers(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2_654_435_761) | 0;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}
