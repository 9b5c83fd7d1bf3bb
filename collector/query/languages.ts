/** The languages that users chose in web-mail, summed over the installations that told them. */
import type { QueryDb } from "./open.ts";

export type LanguageCount = {
  readonly language: string;
  readonly mailboxes: number;
  /** Installations that have it. */
  readonly installations: number;
};

export type Languages = {
  readonly installations: number;
  readonly told: number;
  /** The largest first; then by name. */
  readonly languages: readonly LanguageCount[];
};

/** Each installation rounded its own counts down to a multiple of 5; the sums are of those. */
export async function readLanguages(db: QueryDb, period: number): Promise<Languages> {
  const rows = db.selectFrom("current").where("period", "=", period).select("languages").stream();
  const counts = new Map<string, { mailboxes: number; installations: number }>();
  let installations = 0;
  let told = 0;
  for await (const { languages } of rows) {
    installations += 1;
    if (languages === null) continue;
    told += 1;
    for (const [language, mailboxes] of JSON.parse(languages) as [string, number][]) {
      const count = counts.get(language) ?? { mailboxes: 0, installations: 0 };
      counts.set(language, {
        mailboxes: count.mailboxes + mailboxes,
        installations: count.installations + 1,
      });
    }
  }
  const languages = [...counts]
    .map(([language, count]) => ({ language, ...count }))
    .sort((a, b) => b.mailboxes - a.mailboxes || (a.language < b.language ? -1 : 1));
  return { installations, told, languages };
}
