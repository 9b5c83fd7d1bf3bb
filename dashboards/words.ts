/** What the page calls things. */
import type { State } from "#collector/query/profiles.ts";
import type { Total } from "#collector/query/total.ts";
import type { Feature, Metric } from "#schemas/generated/words.gen.ts";

export const TOTAL_NAMES = {
  domains: "Domains",
  mailboxes: "Mailboxes",
  aliases: "Aliases",
  lists: "Lists",
  webmail_usage: "Web-mail users",
} as const satisfies Record<Total, string>;

export const FEATURE_NAMES = {
  acl: "Access control lists",
  fts: "Full-text search",
  imap: "IMAP",
  lmtp: "LMTP delivery",
  managesieve: "ManageSieve",
  milter: "Milters",
  pop3: "POP3",
  push_notification: "Push notification",
  quota: "Quota",
  sieve: "Sieve filters",
  smtp_auth: "SMTP authentication",
  smtp_tls: "SMTP over TLS",
  submission: "Submission",
  webmail: "Web-mail",
} as const satisfies Record<Feature, string>;

export const STATE_NAMES = {
  enabled: "Enabled",
  installed: "Installed, not used",
  absent: "Absent",
  unknown: "Unknown",
} as const satisfies Record<State | "unknown", string>;

/** As short as a narrow column needs it. */
export const STATE_HEADINGS = {
  enabled: "Enabled",
  installed: "Installed",
  absent: "Absent",
  unknown: "Unknown",
} as const satisfies Record<State | "unknown", string>;

const PRODUCT_NAMES: Readonly<Record<string, string>> = {
  agent: "mailcensus agent",
  dovecot: "Dovecot",
  postfix: "Postfix",
  roundcube: "Roundcube",
};

export function productName(product: string): string {
  return PRODUCT_NAMES[product] ?? product;
}

/** `Full-text search` for `features.fts`, `Lists` for `totals.lists`. */
export function metricName(metric: Metric): string {
  if (metric === "features.webmail.usage") return TOTAL_NAMES.webmail_usage;
  const [group, name] = metric.split(".");
  if (group === "features" && name !== undefined && name in FEATURE_NAMES)
    return FEATURE_NAMES[name as Feature];
  if (group === "totals" && name !== undefined && name in TOTAL_NAMES) return TOTAL_NAMES[name as Total];
  if (metric === "languages") return "Languages";
  if (metric === "components") return "Mail software";
  return metric;
}
