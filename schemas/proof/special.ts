/**
 * Words that speak of what the GDPR sets apart (articles 8 to 10): beliefs, opinions, origin, health, sex
 * life, genes and biometrics, crimes, and children. A report has a member or a word of such a name only if
 * somebody wrote it into the schema, so names and words are all that has to be looked at. Pure.
 */

export type SpecialTopic = keyof typeof TOPICS;

/** Beginnings of words, by what they speak of. */
const TOPICS = {
  belief: [
    ...["religio", "church", "parish", "mosque", "synagogue", "faith", "belief", "creed", "confession"],
    ...["christian", "catholic", "protestant", "muslim", "islam", "jewish", "hindu", "buddh", "atheis"],
    "philosoph",
  ],
  opinion: ["politic", "partisan", "ideolog", "voter", "elector", "trade_union", "tradeunion", "unionis"],
  origin: ["racial", "race", "ethnic", "nationalit", "migrant", "refugee", "asylum", "tribe", "caste"],
  health: [
    ...["health", "medic", "patient", "diagnos", "disease", "illness", "disab", "handicap", "pregnan"],
    ...["therap", "hospital", "clinic", "allerg", "vaccin", "sick", "mental", "addict"],
  ],
  "sex life": ["sex", "gender", "lesbian", "gay", "homosex", "heterosex", "transgender", "queer"],
  body: ["genetic", "genom", "biometric", "dna", "iris_scan", "faceid", "voiceprint"],
  crime: ["crime", "criminal", "convict", "offence", "offense", "felon", "prison", "police"],
  children: [
    "child",
    "kid",
    "minor_",
    "underage",
    "teen",
    "pupil",
    "infant",
    "juvenile",
    "parental",
    "birth",
  ],
} as const satisfies Record<string, readonly string[]>;

/** Words that begin so and speak of something else. */
const OTHERS: ReadonlySet<string> = new Set(["races", "kidnap"]);

/** What a name or a word speaks of, of these topics; null where of none. */
export function specialTopic(text: string): SpecialTopic | null {
  const words = wordsOf(text);
  // Two words that belong together are looked for as one.
  const whole = words.join("_");
  for (const [topic, beginnings] of Object.entries(TOPICS))
    for (const beginning of beginnings)
      if (
        beginning.includes("_")
          ? whole.startsWith(beginning) || whole.includes(`_${beginning}`)
          : words.some((word) => word.startsWith(beginning) && !OTHERS.has(word))
      )
        return topic as SpecialTopic;
  return null;
}

/** `childAccounts`, `child-accounts` and `Child accounts` are the same two words. */
function wordsOf(text: string): readonly string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
