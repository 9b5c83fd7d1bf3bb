/** One week of an invented installation, as the report that its agent would make. */
import { LANGUAGES_FROM_MAILBOXES, metricsOf } from "#schemas/metrics.ts";
import type { ReportV1 } from "#schemas/report.ts";
import type { Host } from "./host.ts";

type Row = { domain: string; excluded: boolean; mailboxes: number; aliases: number; lists: number };
type Languages = NonNullable<ReportV1["languages"]>;
type Unknown = ReportV1["unknown"][number];

const SIZES = [0, 1, 5, 20, 100, 500, 2000, 10_000] as const;

/** @param week counted from 0, the week written as `period` */
export function hostReport(host: Host, week: number, period: string, installation: string): ReportV1 {
  const software = host.software[week];
  const rows = domainRows(host, week);
  const total = (of: "mailboxes" | "aliases" | "lists"): number =>
    rows.reduce((sum, row) => sum + row[of], 0);
  const webmail = software?.components.some(({ role }) => role === "webmail") === true;
  const users = Math.round(total("mailboxes") * host.webmail);
  const { unreadable } = host;
  const reads = {
    mailboxes: !unreadable.mailboxes,
    lists: !unreadable.lists,
    languages: webmail && !unreadable.languages,
    usage: webmail && !unreadable.languages,
  };
  const full = host.consent.level === "full";
  return {
    agent: software?.agent ?? "0.1.0",
    ...(unreadable.components ? {} : { components: [...(software?.components ?? [])] }),
    consent: host.consent,
    ...(full ? { domains: domainList(host, rows, reads) } : {}),
    ...(!full && reads.mailboxes ? { domain_sizes: domainSizes(rows) } : {}),
    features: (software?.features ?? []).flatMap((fact) => {
      if (!("state" in fact)) return [];
      const usage = fact.feature === "webmail" && reads.usage ? { usage: users } : {};
      return [{ feature: fact.feature, state: fact.state, ...usage }];
    }),
    installation,
    ...(reads.languages ? { languages: languagesOf(host, total("mailboxes")) } : {}),
    period,
    revision: 0,
    schema: 1,
    totals: {
      aliases: total("aliases"),
      domains: rows.length,
      ...(reads.lists ? { lists: total("lists") } : {}),
      ...(reads.mailboxes ? { mailboxes: total("mailboxes") } : {}),
    },
    unknown: unknowns(host, week, webmail, reads),
  };
}

function domainRows(host: Host, week: number): Row[] {
  const all = host.mailboxes * host.growth ** week;
  return host.domains
    .filter(({ since }) => since <= week)
    .map(({ name, share, excluded }) => {
      const mailboxes = Math.round(all * share);
      return {
        domain: name,
        excluded,
        mailboxes,
        aliases: Math.round(mailboxes * host.aliasesPerMailbox),
        lists: Math.floor(mailboxes / host.mailboxesPerList),
      };
    })
    .sort((a, b) => (a.domain < b.domain ? -1 : 1));
}

function domainList(
  host: Host,
  rows: readonly Row[],
  reads: { mailboxes: boolean; lists: boolean; languages: boolean },
): NonNullable<ReportV1["domains"]> {
  const named = rows.filter(({ excluded }) => !excluded);
  return {
    list: named.map(({ domain, mailboxes, aliases, lists }) => ({
      domain,
      ...(reads.mailboxes ? { mailboxes } : {}),
      aliases,
      ...(reads.lists ? { lists } : {}),
      ...(reads.mailboxes && reads.languages && mailboxes >= LANGUAGES_FROM_MAILBOXES
        ? { languages: languagesOf(host, mailboxes) }
        : {}),
    })),
    withheld: { excluded: rows.length - named.length, form: 0, limit: 0 },
  };
}

function domainSizes(rows: readonly Row[]): NonNullable<ReportV1["domain_sizes"]> {
  return SIZES.map((from, index) => ({
    from,
    domains: rows.filter(({ mailboxes }) => mailboxes >= from && mailboxes < (SIZES[index + 1] ?? Infinity))
      .length,
  }));
}

/** Rounded down to a multiple of 5, zero left out. */
function languagesOf(host: Host, mailboxes: number): Languages {
  return host.languages
    .map(([language, share]) => ({
      language,
      mailboxes: Math.floor((mailboxes * host.webmail * share) / 5) * 5,
    }))
    .filter((row) => row.mailboxes > 0)
    .sort((a, b) => (a.language < b.language ? -1 : 1));
}

function unknowns(
  host: Host,
  week: number,
  webmail: boolean,
  reads: { mailboxes: boolean; lists: boolean; languages: boolean; usage: boolean },
): Unknown[] {
  const found: Unknown[] = [];
  const add = (metric: Unknown["metric"], source: Unknown["source"], reason: Unknown["reason"]): void => {
    if (metricsOf(host.consent.level).includes(metric)) found.push({ metric, source, reason });
  };
  const webmailReason = webmail ? "permission-denied" : "not-found";
  if (host.unreadable.components) add("components", "agent", "failed");
  if (!reads.mailboxes) {
    add("totals.mailboxes", "dovecot", "permission-denied");
    add("domains.mailboxes", "dovecot", "permission-denied");
    if (host.consent.level === "counts") add("domains", "dovecot", "permission-denied");
  }
  if (!reads.lists) {
    add("totals.lists", "postfix", "permission-denied");
    add("domains.lists", "postfix", "permission-denied");
  }
  if (!reads.languages) {
    add("languages", "roundcube", webmailReason);
    add("domains.languages", "roundcube", webmailReason);
  }
  if (!reads.usage) add("features.webmail.usage", "roundcube", webmailReason);
  for (const fact of host.software[week]?.features ?? []) {
    if ("reason" in fact) add(`features.${fact.feature}`, fact.source, fact.reason);
  }
  return found.sort((a, b) => (`${a.metric} ${a.source}` < `${b.metric} ${b.source}` ? -1 : 1));
}
