/** What an invented installation runs, week by week: releases come out and spread. */
import type { Feature, Source } from "#schemas/generated/words.gen.ts";
import type { ReportV1 } from "#schemas/report.ts";
import type { Random } from "./random.ts";

type State = ReportV1["features"][number]["state"];
type Reason = ReportV1["unknown"][number]["reason"];

export type FeatureFact =
  | { readonly feature: Feature; readonly source: Source; readonly state: State }
  | { readonly feature: Feature; readonly source: Source; readonly reason: Reason };

export type SoftwareWeek = {
  readonly agent: string;
  readonly components: NonNullable<ReportV1["components"]>;
  readonly features: readonly FeatureFact[];
};

/** By week, counted from 0. */
export type Software = readonly SoftwareWeek[];

const POSTFIX = ["3.7.10", "3.7.11", "3.8.6", "3.9.1", "3.9.4"];
const DOVECOT = ["2.3.19", "2.3.20", "2.3.21", "2.4.0", "2.4.1"];
const ROUNDCUBE = ["1.5.9", "1.6.5", "1.6.9", "1.6.11"];
/** The agent's releases, each with the part of the shown time after which it came out. */
const AGENT = [
  ["0.1.0", 0],
  ["0.1.1", 0.3],
  ["0.2.0", 0.65],
] as const;

/** How probable it is that a feature is there and used, that it becomes so in a given week, and that it can't be told. */
type Adoption = readonly [
  feature: Feature,
  source: Source,
  enabled: number,
  installed: number,
  adopts: number,
  unknown: number,
];
const ADOPTION: readonly Adoption[] = [
  ["acl", "dovecot", 0.22, 0.4, 0.004, 0.06],
  ["fts", "dovecot", 0.3, 0.3, 0.02, 0.06],
  ["imap", "dovecot", 0.98, 0.5, 0, 0.02],
  ["lmtp", "dovecot", 0.75, 0.6, 0.006, 0.02],
  ["managesieve", "dovecot", 0.52, 0.35, 0.012, 0.04],
  ["milter", "postfix", 0.68, 0, 0.01, 0.02],
  ["pop3", "dovecot", 0.5, 0.5, 0, 0.02],
  ["push_notification", "dovecot", 0.07, 0.5, 0.006, 0.2],
  ["quota", "dovecot", 0.66, 0.5, 0.006, 0.04],
  ["sieve", "dovecot", 0.68, 0.3, 0.01, 0.04],
  ["smtp_auth", "postfix", 0.93, 0, 0.004, 0.02],
  ["smtp_tls", "postfix", 0.95, 0, 0.006, 0.02],
  ["submission", "postfix", 0.86, 0, 0.006, 0.02],
];

export function drawSoftware(periods: number, random: Random): Software {
  const webmail = random.chance(0.78);
  const unversioned = random.chance(0.04);
  const postfix = drawVersions(POSTFIX, [30, 30, 20, 14, 6], 0.045, periods, random);
  const dovecot = drawVersions(DOVECOT, [28, 8, 44, 14, 6], 0.05, periods, random);
  const roundcube = drawVersions(ROUNDCUBE, [15, 40, 30, 15], 0.07, periods, random);
  const agent = drawAgent(periods, random);
  const features = ADOPTION.map((adoption) => drawFeature(adoption, periods, random));
  return Array.from({ length: periods }, (_, week) => ({
    agent: agent[week] ?? "0.1.0",
    components: [
      { name: "dovecot", role: "imap", ...version(dovecot[week]) },
      { name: "postfix", role: "mta", ...(unversioned ? {} : version(postfix[week])) },
      ...(webmail ? [{ name: "roundcube", role: "webmail", ...version(roundcube[week]) } as const] : []),
    ],
    features: [
      ...features.flatMap((weeks) => weeks[week] ?? []),
      { feature: "webmail", source: "roundcube", state: webmail ? "enabled" : "absent" },
    ],
  }));
}

/** A version by week: somewhere to start, and now and then a step to the next one. */
function drawVersions(
  versions: readonly string[],
  weights: readonly number[],
  upgrades: number,
  periods: number,
  random: Random,
): string[] {
  let at = random.pick(
    weights.map((weight, index) => [index, weight] as const),
    0,
  );
  return Array.from({ length: periods }, () => {
    if (random.chance(upgrades) && at < versions.length - 1) at += 1;
    return versions[at] ?? "";
  });
}

/** Most take a new release within weeks, some hardly ever. */
function drawAgent(periods: number, random: Random): string[] {
  const upgrades = random.chance(0.75) ? 0.45 : 0.04;
  let running = 0;
  return Array.from({ length: periods }, (_, week) => {
    const newest = AGENT.findLastIndex(([, after]) => week >= after * periods);
    if (running < newest && random.chance(upgrades)) running = newest;
    return AGENT[running]?.[0] ?? "";
  });
}

function drawFeature(
  [feature, source, enabled, installed, adopts, unknown]: Adoption,
  periods: number,
  random: Random,
): FeatureFact[] {
  const told = !random.chance(unknown);
  const there = random.chance(installed);
  let used = random.chance(enabled);
  return Array.from({ length: periods }, () => {
    used ||= random.chance(adopts);
    if (!told) return { feature, source, reason: "unsupported" };
    return { feature, source, state: used ? "enabled" : there ? "installed" : "absent" };
  });
}

function version(text: string | undefined): { version?: string } {
  return text === undefined ? {} : { version: text };
}
