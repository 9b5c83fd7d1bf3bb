/**
 * The sample fleet: reports of invented installations, made from a seed, so that every figure on the
 * page can be recounted. Nothing in it is anybody's: all domains end in `.example`.
 */
import { createHash } from "node:crypto";
import { type Identity, identityFrom } from "#schemas/nkey.ts";
import { formatPeriod } from "#schemas/period.ts";
import type { ReportV1 } from "#schemas/report.ts";
import { drawHost } from "./fleet/host.ts";
import { randomOf } from "./fleet/random.ts";
import { hostReport } from "./fleet/report.ts";

export type FleetOptions = {
  readonly seed: string;
  /** 48 unless told otherwise. */
  readonly installations?: number;
  /** How many periods, `until` the last of them; a collector takes those of 13 weeks back. */
  readonly periods: number;
  /** A period's number. */
  readonly until: number;
};

export type SampleReport = {
  readonly identity: Identity;
  readonly period: number;
  readonly report: ReportV1;
};

/** The same options give the same reports: installation by installation, each with its periods ascending. */
export function* sampleFleet(options: FleetOptions): Generator<SampleReport, void, undefined> {
  const { seed, installations = 48, periods, until } = options;
  for (let number = 0; number < installations; number++) {
    const name = `${seed}/${number}`;
    const identity = identityFrom(createHash("sha256").update(`${name}/identity`).digest());
    const random = randomOf(name);
    const host = drawHost(number, installations, periods, random);
    for (let week = host.joins; week <= host.leaves; week++) {
      // Now and then a machine is off for a week.
      if (random.chance(0.015) && week > host.joins && week < periods - 1) continue;
      const period = until - periods + 1 + week;
      yield { identity, period, report: hostReport(host, week, formatPeriod(period), identity.id) };
    }
  }
}
