/** Which features are used: installations by state, the unknown ones named as such. */
import { FEATURES, type Feature } from "#schemas/generated/words.gen.ts";
import type { ProfileCount } from "./profiles.ts";

export type FeatureStates = {
  readonly feature: Feature;
  readonly installations: number;
  readonly enabled: number;
  readonly installed: number;
  readonly absent: number;
  /** Installations that couldn't tell. */
  readonly unknown: number;
};

/** Every feature of the dictionary, in its order. */
export function countFeatures(profiles: readonly ProfileCount[]): readonly FeatureStates[] {
  return FEATURES.map((feature) => {
    const states = { enabled: 0, installed: 0, absent: 0, unknown: 0 };
    for (const { profile, installations } of profiles) {
      states[profile.features.get(feature) ?? "unknown"] += installations;
    }
    return {
      feature,
      installations: states.enabled + states.installed + states.absent + states.unknown,
      ...states,
    };
  });
}
