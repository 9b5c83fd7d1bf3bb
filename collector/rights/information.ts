/** What an admin is to be told beside the data (GDPR, article 15): which, why, for whom, how long. Pure. */
import type { Contract } from "#schemas/contract.ts";
import { nameOf } from "#schemas/dictionary/entry.ts";
import { PURPOSES, WORDS } from "#schemas/generated/words.gen.ts";
import { formatInstant } from "#schemas/period.ts";
import type { RightsInformation } from "#schemas/rights.ts";
import { RIGHTS } from "#schemas/rights-words.ts";
import type { Retention } from "../retention/settings.ts";
import { keptSentences } from "../retention/settings.ts";
import type { ConsentRow, DisclosureRow, Wishes } from "../store/rights.ts";

/** What is known of one installation. */
export type Known = {
  readonly firstSeen: number;
  readonly consents: readonly ConsentRow[];
  readonly disclosures: readonly DisclosureRow[];
  readonly wishes: Wishes;
};

export function informationOf(contract: Contract, retention: Retention, known: Known): RightsInformation {
  const { consents, disclosures, wishes } = known;
  return {
    categories: contract.entries.map((entry) => ({ name: nameOf(entry), description: entry.description })),
    purposes: PURPOSES.map((purpose) => ({ purpose, description: WORDS.purpose[purpose] })),
    legal_basis: "the consent of the mail server's admin (GDPR, article 6(1)(a))",
    disclosures: disclosures.map(({ at, ...row }) => ({ at: instant(at), ...row })),
    retention: keptSentences(retention).map(([what, kept]) => ({ what, kept })),
    rights: RIGHTS.map(([right, how]) => ({ right, how })),
    consents: consents.map(consentOf),
    withdrawn_at: instantOrNull(wishes.withdrawn_at),
    objected_at: instantOrNull(wishes.objected_at),
    first_seen: instant(known.firstSeen),
  };
}

function consentOf(row: ConsentRow): RightsInformation["consents"][number] {
  return {
    policy: row.policy,
    policy_sha256: row.policy_sha256?.toString("hex") ?? null,
    scope: row.scope,
    level: row.level === 1 ? "full" : "counts",
    purposes: [
      ...((row.purposes & 2) > 0 ? (["offers"] as const) : []),
      ...((row.purposes & 1) > 0 ? (["statistics"] as const) : []),
    ],
    since: instant(row.since),
    recorded_at: instant(row.recorded_at),
  };
}

function instant(seconds: number): string {
  return formatInstant(new Date(seconds * 1000));
}

function instantOrNull(seconds: number | null): string | null {
  return seconds === null ? null : instant(seconds);
}
