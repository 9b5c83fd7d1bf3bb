/**
 * The sample fleet: reports of invented installations, made from a seed, so that every figure on the
 * page can be recounted. Nothing in it is anybody's: all domains end in `.example`.
 */
import { createHash } from "node:crypto";
import { LANGUAGES_FROM_MAILBOXES, metricsOf } from "#schemas/metrics.ts";
import { type Identity, identityFrom } from "#schemas/nkey.ts";
import { formatPeriod } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";
import { type Host, type Knowledge, REGIONS, settle, softwareAt } from "./fleet-hosts.ts";
import { type Random, randomOf } from "./fleet-random.ts";

export type FleetOptions = {
  readonly seed: string;
  readonly installations?: number;
  /** How many periods, `until` the last of them; a collector takes 13 at most. */
  readonly periods: number;
  readonly until: number;
};

export type SampleReport = {
  readonly identity: Identity;
  readonly period: number;
  readonly report: ReportV1;
};

/** The same options give the same reports, installation by installation, each with its periods ascending. */
export function* sampleFleet(options: FleetOptions): Generator<SampleReport> {
  const { seed, installations = 48, periods, until } = options;
  for (let number = 0; number < installations; number++) {
    const name = `${seed}/${number}`;
    const identity = identityFrom(createHash("sha256").update(`${name}/identity`).digest());
    const random = randomOf(name);
    const host = settle(number, random, periods, installations);
    for (let week = host.joins; week <= host.leaves; week++) {
      const missed = random.chance(0.015) && week > host.joins && week < periods - 1;
      const report = reportOf(host, week, periods, formatPeriod(until - periods + 1 + week), identity.id);
      if (!missed) yield { identity, period: until - periods + 1 + week, report };
    }
  }
}
