/** Profiles: what installations run, each distinct one once, with how many installations have it. */
import { FEATURES, type Feature } from "#schemas/generated/words.gen.ts";
import type { QueryDb } from "./open.ts";

/** What a profile says of a feature; one that it doesn't name is unknown. */
export const STATES = ["enabled", "installed", "absent"] as const;
export type State = (typeof STATES)[number];

export type Component = { readonly name: string; readonly version: string | null };

export type Profile = {
  readonly agent: string;
  /** Null where they couldn't be told. */
  readonly components: readonly Component[] | null;
  readonly features: ReadonlyMap<Feature, State>;
};

/** A profile and the installations that had it in a period. */
export type ProfileCount = {
  readonly period: number;
  readonly installations: number;
  readonly profile: Profile;
};

/** The profiles of the periods from `from` to `to`. */
export async function readProfiles(db: QueryDb, from: number, to: number): Promise<readonly ProfileCount[]> {
  const counts = await db
    .selectFrom("current")
    .where("period", ">=", from)
    .where("period", "<=", to)
    .select(({ fn }) => ["period", "profile", fn.countAll<number>().as("installations")])
    .groupBy(["period", "profile"])
    .orderBy("period")
    .execute();
  const used = db
    .selectFrom("current")
    .where("period", ">=", from)
    .where("period", "<=", to)
    .select("profile");
  const documents = await db
    .selectFrom("profile")
    .where("id", "in", used)
    .select(["id", "document"])
    .execute();
  const profiles = new Map(documents.map(({ id, document }) => [id, parseProfile(document)]));
  return counts.flatMap(({ period, profile: id, installations }) => {
    const profile = profiles.get(id);
    return profile === undefined ? [] : [{ period, installations, profile }];
  });
}

/** A profile from its document: `{"agent","components":[{"name","role","version"?}],"features":[["acl","absent"],…]}`. */
export function parseProfile(document: string): Profile {
  const { agent, components, features } = JSON.parse(document) as {
    agent: string;
    components?: { name: string; version?: string }[] | null;
    features?: [string, string][];
  };
  return {
    agent,
    components: components?.map(({ name, version }) => ({ name, version: version ?? null })) ?? null,
    features: new Map((features ?? []).flatMap(knownFeature)),
  };
}

function knownFeature([name, state]: [string, string]): [Feature, State][] {
  const feature = FEATURES.find((known) => known === name);
  const found = STATES.find((known) => known === state);
  return feature === undefined || found === undefined ? [] : [[feature, found]];
}
