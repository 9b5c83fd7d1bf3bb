/**
 * Roundcube: web-mail. Its database is asked for numbers by domain and language; they are added up
 * inside SQLite, so that no user's name leaves it. Its `users` are those who have ever logged in,
 * once for each mail host that they used; those who never chose a language have none, and a language
 * that isn't written `ll_RR` is not counted.
 */
import type { RoundcubeConfig } from "#schemas/generated/config.gen.ts";
import { domainReader, normaliseLanguage } from "../facts.ts";
import type { MailSource, SourceContext } from "./source.ts";

/** What follows the last `@`: SQLite has no search from the end, but it can trim all that isn't an `@`. */
const QUERY = `
  SELECT
    CASE WHEN instr(username, '@') > 0
      THEN substr(username, length(rtrim(username, replace(username, '@', ''))) + 1, 255)
    END AS domain,
    substr(language, 1, 16) AS chosen,
    count(*) AS accounts
  FROM users
  GROUP BY lower(domain), chosen`;

/** @param config its path relative to the working folder */
export function roundcubeSource(config: RoundcubeConfig): MailSource {
  return { name: "roundcube", role: "webmail", read: (context) => read(config, context) };
}

async function read({ database }: RoundcubeConfig, { ports, emit, signal }: SourceContext): Promise<void> {
  const domainOf = domainReader();
  let usage = 0;
  const outcome = await ports.sqlite.rows(
    database,
    QUERY,
    ([domain, chosen, accounts]) => {
      if (typeof accounts !== "number") return "malformed";
      usage += accounts;
      const language = typeof chosen === "string" ? normaliseLanguage(chosen) : null;
      if (language === null) return undefined;
      const name = typeof domain === "string" ? domainOf(domain) : null;
      emit({ kind: "language", domain: name, language, mailboxes: accounts });
      return undefined;
    },
    signal,
  );
  if (!outcome.ok) {
    const { reason } = outcome;
    for (const metric of ["components", "features.webmail", "features.webmail.usage", "languages"] as const)
      emit({ kind: "unknown", metric, reason });
    return;
  }
  // The database knows the version of its own tables only.
  emit({ kind: "component", role: "webmail", name: "roundcube" });
  emit({ kind: "feature", feature: "webmail", state: "enabled", usage });
  emit({ kind: "counted", quantity: "languages" });
}
