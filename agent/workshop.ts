/** What every step of the agent has at hand: its folders, its clock, and the ports through which it touches the world. */
import type { LoadedConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { Log } from "#schemas/common/log.ts";
import { BASE_CONTRACT, type Contract } from "#schemas/contract.ts";
import type { Identity } from "#schemas/nkey.ts";
import { formatInstant, periodNumber, periodOf } from "#schemas/period.ts";
import { type Binding, settingsHash } from "./binding.ts";
import {
  type Effective,
  effectiveConsent,
  effectiveSentence,
  readConsent,
  reportLevel,
  type Terms,
} from "./consent.ts";
import { Copies } from "./copies.ts";
import type { Mailer } from "./copy.ts";
import { type CountReport, countReport, type ReportHead } from "./counting.ts";
import { type Draft, draftOf, prepareDraft } from "./draft.ts";
import type { DamagedEntry } from "./entry.ts";
import { History } from "./history.ts";
import { ensureIdentity, signedHere } from "./identity.ts";
import { Ledger } from "./ledger.ts";
import { movedAway } from "./moved.ts";
import { Policies } from "./policies/kept.ts";
import { offeredPolicy } from "./policies/offered.ts";
import { type Offered, POLICY, type Policy } from "./policy-version.ts";
import type { Publisher } from "./publisher.ts";
import type { Random } from "./random.ts";
import { Requests } from "./rights/requests.ts";
import { type BrokerSettings, type CopySettings, stateFolder } from "./settings.ts";
import { Spool } from "./spool.ts";
import { type StatePaths, statePaths } from "./state.ts";
import { AGENT_VERSION } from "./version.ts";

/** Where the agent touches the world: tests give their own. */
export type Ports = {
  readonly count: CountReport;
  readonly publisher: (settings: BrokerSettings, identity: Identity) => Publisher;
  readonly mailer: (settings: CopySettings) => Mailer;
};

export type AgentOptions = {
  readonly config: LoadedConfig;
  /** The state folder, where it isn't the configuration's. */
  readonly state?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  readonly random: Random;
  readonly log: Log;
  /** What reports may hold; without a vendor where it isn't given. */
  readonly contract?: Contract;
  /** The policy of an agent that was given no other; the built-in one where it isn't given. */
  readonly policy?: Policy;
  readonly ports?: Partial<Ports>;
};

export type Workshop = {
  readonly options: AgentOptions;
  readonly contract: Contract;
  /** The built-in policy. */
  readonly policy: Policy;
  readonly ports: Ports;
  readonly paths: StatePaths;
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly history: History;
  readonly copies: Copies;
  readonly policies: Policies;
  /** The policy that may be agreed to now. */
  readonly offered: () => Promise<Offered>;
  /** What the admin asks of the collector. */
  readonly requests: Requests;
  readonly effective: () => Promise<Effective>;
  readonly identity: () => Promise<Identity>;
  /** The period in which it is now. */
  readonly period: () => string;
  readonly draft: (terms: Terms, recount: boolean, signal: AbortSignal) => Promise<Draft>;
};

export function workshop(options: AgentOptions): Workshop {
  const { config, env, now, random, contract = BASE_CONTRACT, policy = POLICY } = options;
  const paths = statePaths(stateFolder(config, options.state));
  const ports: Ports = {
    count: countReport(config, contract),
    // Loaded when they are used: while the agent is off, what opens sockets isn't even there.
    publisher: (settings, installation) => ({
      connect: async (signal) => {
        const { natsPublisher } = await import("./publisher-nats.ts");
        return natsPublisher(settings, installation).connect(signal);
      },
    }),
    mailer:
      ({ smtp }) =>
      async (message, signal) => {
        const { smtpMailer } = await import("./copy.ts");
        return smtpMailer(smtp)(message, signal);
      },
    ...options.ports,
  };
  const check = signedHere(paths, contract.parse);
  const ledger = new Ledger(paths);
  const policies = new Policies(paths);
  const identity = () => ensureIdentity(paths, random, now());
  const period = () => periodOf(now());
  return {
    options,
    contract,
    policy,
    ports,
    paths,
    ledger,
    spool: new Spool(paths, check, ledger),
    history: new History(paths, check, ledger),
    copies: new Copies(paths, contract),
    policies,
    offered: () => offeredPolicy(policies, policy, config, contract),
    requests: new Requests(paths),
    effective: async () => (await movedAway(paths)) ?? effectiveConsent(await readConsent(paths), env),
    identity,
    period,
    draft: async (terms, recount, signal) => {
      const binding = bindingOf(config, contract, terms, period());
      const { id } = await identity();
      const count = () => ports.count(headOf(id, binding), signal);
      return prepareDraft({
        paths,
        parse: contract.parse,
        binding,
        count,
        recount,
        at: formatInstant(now()),
      });
    },
  };
}

/** The bytes that this period's report has for good, null where there is none yet. */
export async function settledReport({ spool, history, period, contract }: Workshop): Promise<Draft | null> {
  const spooled = await spool.get(period(), 0);
  const entry =
    spooled !== null && spooled.meta.offered_at !== null ? spooled : await history.get(period(), 0);
  return entry === null
    ? null
    : draftOf(contract.parse, entry.bytes, entry.meta.sha256, entry.meta.binding, []);
}

export function notEnabled(effective: Effective): MailcensusError {
  return new MailcensusError(
    "not-enabled",
    `Nothing is counted or sent while the agent is off: ${whyOff(effective)}.`,
  );
}

function whyOff(effective: Effective): string {
  switch (effective.reason) {
    case "do-not-track":
      return "unset DO_NOT_TRACK to change that";
    case "unreadable":
      return "consent.json can't be read, so agree anew with mailcensus agent enable";
    case "moved":
    case "arriving":
    case "erased":
      return effectiveSentence(effective).replace("off because ", "");
    default:
      return "mailcensus agent enable";
  }
}

/** @throws MailcensusError `not-enabled` where the installation goes on elsewhere, or isn't wholly here */
export async function refuseWhereMoved({ effective }: Workshop): Promise<void> {
  const state = await effective();
  if (state.reason === "moved" || state.reason === "arriving") throw notEnabled(state);
}

export function bindingOf(
  { config }: LoadedConfig,
  { schema, vendor }: Contract,
  terms: Terms,
  period: string,
): Binding {
  const { level, purposes, policy, scope } = terms;
  // A vendor's policy shapes no report: terms name it by its version.
  const { policy: _, ...figures } = vendor ?? {};
  const settings = settingsHash({
    exclude: config.agent?.exclude_domains ?? [],
    sources: config.sources ?? {},
    ...(vendor === null ? {} : { vendor: figures }),
  });
  return { period, level, purposes, policy, scope, schema, agent: AGENT_VERSION, settings };
}

function headOf(
  installation: string,
  { period, level, purposes, policy, scope, agent }: Binding,
): ReportHead {
  const consent = { level: reportLevel(level), policy, purposes: [...purposes], scope };
  return { installation, period, revision: 0, consent, agent };
}

/** The present period's number. */
export function currentPeriod({ options }: Workshop): number {
  return periodNumber(options.now());
}

/** What in the spool and the history isn't as it was written. */
export async function damagedEntries({ spool, history }: Workshop): Promise<DamagedEntry[]> {
  const [inSpool, inHistory] = [await spool.damaged(), await history.damaged()];
  return [
    ...inSpool.map((name) => ({ folder: "spool", name }) as const),
    ...inHistory.map((name) => ({ folder: "history", name }) as const),
  ];
}
