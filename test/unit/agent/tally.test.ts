import { describe, expect, test } from "vitest";
import { count } from "#agent/count.ts";
import type { Fact, Role, SourceName } from "#agent/facts.ts";
import type { MailSource } from "#agent/sources/source.ts";
import { addFact, mergeCounters, newCounters, type Tally } from "#agent/tally.ts";
import { filesOnly } from "./sources-support.ts";

const NAMES = { mta: "postfix", imap: "dovecot", webmail: "roundcube" } as const satisfies Record<
  Role,
  SourceName
>;

/** The tally of these sources' facts. */
function tally(told: Partial<Record<Role, readonly Fact[]>>): Tally {
  const counters = (["mta", "imap", "webmail"] as const).flatMap((role) => {
    const facts = told[role];
    if (facts === undefined) return [];
    const own = newCounters(NAMES[role], role);
    for (const fact of facts) addFact(own, fact);
    return [own];
  });
  return mergeCounters(counters);
}

const domain = (name: string): Fact => ({ kind: "domain", domain: name });
const mailbox = (name: string | null): Fact => ({ kind: "mailbox", domain: name });
const counted = (quantity: "domains" | "mailboxes" | "aliases" | "lists" | "languages"): Fact => ({
  kind: "counted",
  quantity,
});
const feature = (name: "lmtp" | "submission" | "webmail", state: "absent" | "enabled"): Fact => ({
  kind: "feature",
  feature: name,
  state,
});

describe("who is believed", () => {
  test("tally - a domain met twice is one domain", () => {
    const { totals, domains } = tally({
      mta: [domain("a.example"), domain("b.example"), counted("domains")],
      imap: [domain("a.example"), domain("c.example"), counted("domains")],
    });
    expect(totals.domains).toEqual({ known: true, value: 3 });
    expect(domains.names).toEqual({ known: true, value: new Set(["a.example", "b.example", "c.example"]) });
  });

  test("tally - domains are unknown without the server that decides which there are", () => {
    const { totals } = tally({
      mta: [domain("a.example"), { kind: "unknown", metric: "totals.domains", reason: "permission-denied" }],
      imap: [domain("a.example"), counted("domains")],
    });
    expect(totals.domains).toEqual({
      known: false,
      untold: [{ source: "postfix", reason: "permission-denied" }],
    });
    expect(tally({ imap: [domain("a.example"), counted("domains")] }).totals.domains).toMatchObject({
      value: 1,
    });
  });

  test("tally - mailboxes are the IMAP server's where it could count them, else the transfer agent's", () => {
    const mta = [mailbox("a.example"), counted("mailboxes")];
    const imap = [mailbox("a.example"), mailbox("a.example"), counted("mailboxes")];
    expect(tally({ mta, imap }).totals.mailboxes).toMatchObject({ value: 2 });
    expect(tally({ mta, imap: imap.slice(0, 2) }).totals.mailboxes).toMatchObject({ value: 1 });
    expect(tally({ mta, imap: imap.slice(0, 2) }).domains.mailboxes).toMatchObject({
      value: new Map([["a.example", 1]]),
    });
  });

  test("tally - what isn't closed is no number, and each who was asked says why", () => {
    const { totals, domains } = tally({
      mta: [mailbox("a.example"), { kind: "unknown", metric: "totals.mailboxes", reason: "unsupported" }],
      imap: [mailbox("a.example"), { kind: "unknown", metric: "totals.mailboxes", reason: "incomplete" }],
    });
    const untold = [
      { source: "dovecot", reason: "incomplete" },
      { source: "postfix", reason: "unsupported" },
    ];
    expect(totals.mailboxes).toEqual({ known: false, untold });
    expect(domains.mailboxes).toEqual({ known: false, untold });
  });

  test("tally - without a source, it is the agent who says that none is configured", () => {
    const nobody = { known: false, untold: [{ source: "agent", reason: "not-configured" }] };
    const { totals, languages, features, webmailUsage, components } = tally({ imap: [] });
    expect([totals.aliases, languages, features.milter, webmailUsage]).toEqual([
      nobody,
      nobody,
      nobody,
      nobody,
    ]);
    expect(features.quota).toEqual({ known: false, untold: [{ source: "dovecot", reason: "unsupported" }] });
    expect(components).toEqual({ known: false, untold: [{ source: "dovecot", reason: "unsupported" }] });
    expect(tally({}).totals.domains).toEqual(nobody);
  });

  test("tally - numbers without any domain say nothing of domains", () => {
    const { totals, domains } = tally({ imap: [mailbox(null), counted("mailboxes")] });
    expect(totals.mailboxes).toMatchObject({ value: 1 });
    expect(domains.mailboxes).toEqual({
      known: false,
      untold: [{ source: "dovecot", reason: "unsupported" }],
    });
    expect(tally({ imap: [counted("mailboxes")] }).domains.mailboxes).toEqual({
      known: true,
      value: new Map(),
    });
  });

  test("tally - languages are added up by language and by domain", () => {
    const language = (name: string | null, mailboxes: number): Fact => ({
      kind: "language",
      domain: name,
      language: "de-DE",
      mailboxes,
    });
    const told = tally({
      webmail: [language("a.example", 3), language("a.example", 4), language(null, 1), counted("languages")],
    });
    expect(told.languages).toMatchObject({ value: new Map([["de-DE", 8]]) });
    expect(told.domains.languages).toMatchObject({
      value: new Map([["a.example", new Map([["de-DE", 7]])]]),
    });
  });
});

describe("features", () => {
  test("tally - enabled by one is enabled", () => {
    const { features } = tally({
      mta: [feature("lmtp", "absent"), feature("submission", "enabled")],
      imap: [
        feature("lmtp", "enabled"),
        { kind: "unknown", metric: "features.submission", reason: "failed" },
      ],
    });
    expect(features.lmtp).toEqual({ known: true, value: "enabled" });
    expect(features.submission).toEqual({ known: true, value: "enabled" });
  });

  test("tally - absent is what all who are asked have said", () => {
    const absent = [feature("lmtp", "absent")];
    expect(tally({ mta: absent, imap: absent }).features.lmtp).toEqual({ known: true, value: "absent" });
    expect(tally({ mta: absent }).features.lmtp).toEqual({ known: true, value: "absent" });
    const half: Fact[] = [{ kind: "unknown", metric: "features.lmtp", reason: "failed" }];
    expect(tally({ mta: absent, imap: half }).features.lmtp).toEqual({
      known: false,
      untold: [{ source: "dovecot", reason: "failed" }],
    });
  });

  test("tally - where there is no web-mail, its usage is a known zero", () => {
    expect(tally({ webmail: [feature("webmail", "absent")] }).webmailUsage).toEqual({
      known: true,
      value: 0,
    });
    const enabled: Fact = { kind: "feature", feature: "webmail", state: "enabled", usage: 7 };
    expect(tally({ webmail: [enabled] }).webmailUsage).toEqual({ known: true, value: 7 });
    expect(tally({ webmail: [feature("webmail", "enabled")] }).webmailUsage).toMatchObject({ known: false });
  });
});

describe("counting", () => {
  const source = (role: Role, read: MailSource["read"]): MailSource => ({ name: NAMES[role], role, read });
  const whole = source("imap", async ({ emit }) => {
    emit(mailbox("a.example"));
    emit(counted("mailboxes"));
  });
  const ports = filesOnly({});
  const forever = new AbortController().signal;

  test("tally - a source that breaks half-way leaves the others whole", async () => {
    const broken = source("webmail", async ({ emit }) => {
      emit({ kind: "language", domain: null, language: "de", mailboxes: 9 });
      throw new Error("someone@a.example");
    });
    const told = await count([whole, broken], ports, forever);
    expect(told.totals.mailboxes).toMatchObject({ value: 1 });
    expect(told.languages).toEqual({ known: false, untold: [{ source: "roundcube", reason: "failed" }] });
    expect(told.features.webmail).toMatchObject({ untold: [{ source: "roundcube", reason: "failed" }] });
  });

  test("tally - a source that throws at once is a broken source too", async () => {
    const broken = source("webmail", () => {
      throw new Error("at once");
    });
    expect((await count([broken], ports, forever)).languages).toMatchObject({
      untold: [{ reason: "failed" }],
    });
  });

  test("tally - a source that hangs is timed out, and what it tells later is not heard", async () => {
    const late = Promise.withResolvers<void>();
    let emitLate: (() => void) | undefined;
    const hanging = source("webmail", async ({ emit }) => {
      await late.promise;
      emit(counted("languages"));
    });
    const halfway = source("imap", async (context) => {
      await whole.read(context);
      emitLate = () => context.emit(mailbox("a.example"));
      await late.promise;
    });
    const told = await count([halfway, hanging], ports, forever, { sourceTimeoutMs: 10 });
    emitLate?.();
    late.resolve();
    expect(told.totals.mailboxes).toMatchObject({ value: 1 });
    expect(told.domains.mailboxes).toEqual({ known: true, value: new Map([["a.example", 1]]) });
    expect(told.languages).toEqual({ known: false, untold: [{ source: "roundcube", reason: "timed-out" }] });
  });

  test("tally - an ended signal ends the count with its reason", async () => {
    const stop = new AbortController();
    const hanging = source("webmail", () => Promise.withResolvers<void>().promise);
    const counting = count([hanging], ports, stop.signal);
    stop.abort(new Error("shutting down"));
    await expect(counting).rejects.toThrow("shutting down");
  });
});
