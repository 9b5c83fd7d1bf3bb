/** Which versions of the mail software and of the agent run, and how releases spread over the weeks. */
import type { Profile, ProfileCount } from "./profiles.ts";

export type VersionCount = {
  /** Null where the software is there and its version couldn't be read. */
  readonly version: string | null;
  readonly installations: number;
};

export type ProductVersions = {
  readonly product: string;
  readonly installations: number;
  /** Installations that could tell what software they run. */
  readonly told: number;
  /** Installations that have this one. */
  readonly having: number;
  /** The newest first, those that couldn't be read last. */
  readonly versions: readonly VersionCount[];
};

const AGENT = "agent";

/** The agent first, then each product of the components by name. */
export function countVersions(profiles: readonly ProfileCount[]): readonly ProductVersions[] {
  const products = new Set<string>();
  for (const { profile } of profiles) for (const { name } of profile.components ?? []) products.add(name);
  return [AGENT, ...[...products].sort()].map((product) => versionsOf(product, profiles));
}

function versionsOf(product: string, profiles: readonly ProfileCount[]): ProductVersions {
  const counts = new Map<string | null, number>();
  let installations = 0;
  let told = 0;
  let having = 0;
  for (const { profile, installations: count } of profiles) {
    installations += count;
    if (product === AGENT || profile.components !== null) told += count;
    const found = versionsIn(profile, product);
    if (found.size > 0) having += count;
    for (const version of found) counts.set(version, (counts.get(version) ?? 0) + count);
  }
  const versions = [...counts]
    .map(([version, count]) => ({ version, installations: count }))
    .sort((a, b) => compareVersions(b.version, a.version));
  return { product, installations, told, having, versions };
}

/** One program found in two roles counts once. */
function versionsIn(profile: Profile, product: string): ReadonlySet<string | null> {
  if (product === AGENT) return new Set([profile.agent]);
  const found = (profile.components ?? []).filter(({ name }) => name === product);
  return new Set(found.map(({ version }) => version));
}

export type ReleaseCount = {
  readonly period: number;
  readonly product: string;
  /** A version's first two numbers. */
  readonly release: string | null;
  readonly installations: number;
};

/** Period by period; within a period and product the newest release first. */
export function countReleases(profiles: readonly ProfileCount[]): readonly ReleaseCount[] {
  const periods = Map.groupBy(profiles, ({ period }) => period);
  return [...periods].flatMap(([period, counts]) =>
    countVersions(counts).flatMap(({ product, versions }) =>
      [...Map.groupBy(versions, ({ version }) => releaseOf(version))].map(([release, within]) => ({
        period,
        product,
        release,
        installations: within.reduce((sum, { installations }) => sum + installations, 0),
      })),
    ),
  );
}

/** `3.7` of `3.7.11`. */
export function releaseOf(version: string | null): string | null {
  return version?.split(".").slice(0, 2).join(".") ?? null;
}

/** By number, part by part; null before all. */
export function compareVersions(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let part = 0; part < Math.max(left.length, right.length); part++) {
    const difference = (left[part] ?? -1) - (right[part] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
