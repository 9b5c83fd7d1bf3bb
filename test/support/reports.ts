/** Valid signed reports, made of a seed: the same seed gives the same bytes. */
import { createHash } from "node:crypto";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { encodeSignature, formatOf, HEADER, sha256, signDigest } from "#schemas/envelope.ts";
import { FEATURES } from "#schemas/generated/words.gen.ts";
import { LANGUAGES_FROM_MAILBOXES } from "#schemas/metrics.ts";
import { type Identity, identityFrom } from "#schemas/nkey.ts";
import { periodOf } from "#schemas/period.ts";
import { type ReportV1, reportBytes } from "#schemas/report.ts";
import { reportSubject } from "#schemas/subjects.ts";

/** What a report is made of; what isn't given has a sensible value. */
export type ReportOptions = {
  readonly seed?: number;
  readonly domains?: number;
  readonly level?: "counts" | "full";
  readonly period?: string;
  readonly revision?: number;
};

/** A report on its way: everything that the broker is given. */
export type SignedReport = {
  readonly subject: string;
  readonly bytes: Buffer;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly signature: Buffer;
  readonly headers: MsgHdrs;
};

/** The identity of a seed. */
export function testIdentity(seed: number): Identity {
  return identityFrom(createHash("sha256").update(`identity ${seed}`).digest());
}

/** A report of level full with ten domains, of the present period. */
export function testReport(identity: Identity, options: ReportOptions = {}): ReportV1 {
  const { seed = 1, domains: count = 10, level = "full", revision = 0 } = options;
  const number = numbers(seed);
  const list = Array.from({ length: count }, (_, index) => {
    const mailboxes = number(300);
    return {
      domain: `d${String(index).padStart(4, "0")}.${WORDS[number(WORDS.length)]}.example`,
      aliases: number(60),
      lists: number(5),
      mailboxes,
      ...(mailboxes >= LANGUAGES_FROM_MAILBOXES ? { languages: languages(number) } : {}),
    };
  });
  const total = (key: "aliases" | "lists" | "mailboxes"): number =>
    list.reduce((sum, row) => sum + row[key], 0);
  return {
    schema: 1,
    installation: identity.id,
    period: options.period ?? periodOf(new Date()),
    revision,
    consent: { level, policy: 1, purposes: ["statistics"], scope: 1 },
    agent: "0.1.0",
    components: [
      { name: "dovecot", role: "imap", version: `2.3.${number(22)}` },
      { name: "postfix", role: "mta", version: `3.7.${number(12)}` },
    ],
    totals: {
      aliases: total("aliases"),
      domains: count,
      lists: total("lists"),
      mailboxes: total("mailboxes"),
    },
    languages: languages(number),
    features: FEATURES.map((feature) => ({
      feature,
      state: (["absent", "enabled", "installed"] as const)[number(3)] ?? "absent",
      ...(feature === "webmail" ? { usage: number(1000) } : {}),
    })),
    ...(level === "full"
      ? { domains: { list, withheld: { excluded: 0, form: 0, limit: 0 } } }
      : { domain_sizes: domainSizes(list.map(({ mailboxes }) => mailboxes)) }),
    unknown: [],
  };
}

/** Signs any bytes as a report of this installation. */
export function signBytes(identity: Identity, bytes: Buffer): SignedReport {
  const digest = sha256(bytes);
  const signature = signDigest("report", digest, identity.privateKey);
  const head = headers();
  head.set(HEADER.format, formatOf("report"));
  head.set(HEADER.sha256, digest.toString("hex"));
  head.set(HEADER.signature, encodeSignature(signature));
  return {
    subject: reportSubject(identity.id),
    bytes,
    sha256: digest.toString("hex"),
    signature,
    headers: head,
  };
}

/** A report, signed and ready to publish. */
export function signedReport(identity: Identity, options: ReportOptions = {}): SignedReport {
  return signBytes(identity, reportBytes(testReport(identity, options)));
}

const WORDS = ["blau", "berg", "nord", "tech", "wald", "see", "stern", "haus"];
const SIZES = [0, 1, 5, 20, 100, 500, 2000, 10000] as const;

function domainSizes(mailboxes: readonly number[]) {
  return SIZES.map((from, index) => ({
    from,
    domains: mailboxes.filter(
      (count) => count >= from && count < (SIZES[index + 1] ?? Number.POSITIVE_INFINITY),
    ).length,
  }));
}

function languages(number: (below: number) => number) {
  return ["de-DE", "en-US"].map((language) => ({ language, mailboxes: 5 * (1 + number(40)) }));
}

/** Numbers from 0 to below a limit, always the same for a seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}
