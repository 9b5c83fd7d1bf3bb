/** Counting a host with the machine's own ports, and putting a tally beside the truth. */
import { expect } from "vitest";
import { count } from "#agent/count.ts";
import { createPorts, type Ports } from "#agent/ports/index.ts";
import { sourcesOf } from "#agent/sources/index.ts";
import type { Tally } from "#agent/tally.ts";
import { expected } from "#demo/host/expected.ts";
import type { SampleHost } from "#demo/host/host.ts";
import { BASE_CONTRACT } from "#schemas/contract.ts";
import type { SourcesConfig } from "#schemas/generated/config.gen.ts";

export function countSources(config: SourcesConfig, ports: Ports = createPorts()): Promise<Tally> {
  return count(
    sourcesOf(config, (path) => path, BASE_CONTRACT),
    ports,
    new AbortController().signal,
  );
}

/** All three sources of a host, read from its files unless told otherwise. */
export function configOf(
  host: SampleHost,
  tools: { readonly tools: "auto" | "commands" | "files"; readonly bin?: string } = { tools: "files" },
) {
  return {
    postfix: { config: host.postfix, ...tools },
    dovecot: { config: host.dovecot, ...tools },
    roundcube: { database: host.roundcube },
  } satisfies SourcesConfig;
}

/** Whether a tally is what the host was made from: every total and every domain. */
export function expectTruth(tally: Tally, host: SampleHost): void {
  const truth = expected(host);
  const whole = <T>(value: T) => ({ known: true, value });
  const by = (of: "mailboxes" | "aliases" | "lists") =>
    new Map([...truth.domains].flatMap(([domain, row]) => (row[of] > 0 ? [[domain, row[of]] as const] : [])));
  const languages = [...truth.domains].flatMap(([domain, row]) =>
    row.languages.size > 0 ? [[domain, row.languages] as const] : [],
  );
  expect({ totals: tally.totals, domains: tally.domains }).toEqual({
    totals: {
      domains: whole(truth.totals.domains),
      mailboxes: whole(truth.totals.mailboxes),
      aliases: whole(truth.totals.aliases),
      lists: whole(truth.totals.lists),
    },
    domains: {
      names: whole(new Set(truth.domains.keys())),
      mailboxes: whole(by("mailboxes")),
      aliases: whole(by("aliases")),
      lists: whole(by("lists")),
      languages: whole(new Map(languages)),
    },
  });
  expect(tally.languages).toEqual(whole(truth.languages));
  expect(tally.webmailUsage).toEqual(whole(truth.webmailAccounts));
}
