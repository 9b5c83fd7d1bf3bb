/**
 * The broker's whole configuration, generated: operator mode, an account for the collector and one
 * for all agents. Agents reach the collector through *service* imports only: what they give as a
 * reply subject is replaced at the account's border, so that the broker's own answers can't be sent
 * into its API or into another's reports. Pure: keys, options and time come as arguments.
 */
import { createHmac } from "node:crypto";
import type { Account, UserPermissionsLimits } from "@nats-io/jwt";
import { canonicalText } from "#schemas/canonical.ts";
import { enrolmentText } from "#schemas/enrolment.ts";
import { encodeToken } from "#schemas/jwt.ts";
import { type Identity, identityFrom, identityOfSeed, type KeyRole } from "#schemas/nkey.ts";
import { policySubjects, receiptSubjects, reportSubjects, rightsSubjects } from "#schemas/subjects.ts";
import { MAX_MESSAGE_BYTES } from "./topology.ts";

/** Who signs and who is signed for; all of them secret but `enrolment`, which is published. */
const ROLES = {
  operator: "operator",
  system: "account",
  collector: "account",
  agents: "account",
  enrolment: "account",
  collector_user: "user",
} as const satisfies Record<string, KeyRole>;

type KeyName = keyof typeof ROLES;
export type BrokerKeys = Readonly<Record<KeyName, Identity>>;

export type BrokerOptions = {
  /** The first token of the subjects; mailcensus where it isn't given. */
  readonly subjects?: string;
  /** `host:port` for agents and collector. */
  readonly listen: string;
  /** The folder in which the broker keeps the stream. */
  readonly storeDir: string;
  /** `host:port` of the broker's monitoring pages; none where absent. */
  readonly monitor?: string;
  /** PEM files as the broker finds them; `ca` only where clients must show a certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** The node's name, one of its own in a cluster; mailcensus where absent. */
  readonly serverName?: string;
  /** The other nodes; none where absent. */
  readonly cluster?: ClusterOptions;
};

/** Nodes whose files are made from the same keys find each other, and nobody else comes in that way. */
export type ClusterOptions = {
  readonly name: string;
  /** `host:port` for the other nodes alone. */
  readonly listen: string;
  /** `host:port` of each node; its own among them is harmless. */
  readonly routes: readonly string[];
  /** PEM files as the broker finds them: nodes show each other certificates signed by `ca`. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
};

/** The files by name; those of {@link SECRET_FILES} are for their owner alone. */
export type BrokerFiles = Readonly<
  Record<"nats.conf" | "collector.creds" | "enrolment.json" | "operator.json", string>
>;
export const SECRET_FILES: ReadonlySet<string> = new Set(["collector.creds", "operator.json"]);

/** @param random gives so many secret random bytes */
export function newBrokerKeys(random: (size: number) => Uint8Array): BrokerKeys {
  return mapRoles((_, role) => identityFrom(random(32), role));
}

/** The keys in an `operator.json`, or null where the text isn't one. */
export function parseBrokerKeys(text: string): BrokerKeys | null {
  try {
    const seeds = JSON.parse(text) as Partial<Record<KeyName, unknown>> | null;
    return mapRoles((name, role) => {
      const identity = identityOfSeed(String(seeds?.[name]), role);
      if (identity === null) throw new RangeError(name);
      return identity;
    });
  } catch {
    return null;
  }
}

/** Everything the operator needs; the same arguments give the same files. */
export function brokerFiles(keys: BrokerKeys, options: BrokerOptions, at: Date): BrokerFiles {
  return {
    "nats.conf": serverConfig(keys, options, at),
    "collector.creds": credentials(keys, at),
    "enrolment.json": enrolmentText({ account: keys.agents.id, signingSeed: keys.enrolment.seed }),
    "operator.json": `${canonicalText(mapRoles((name) => keys[name].seed))}\n`,
  };
}

function mapRoles<T>(make: (name: KeyName, role: KeyRole) => T): Record<KeyName, T> {
  const names = Object.keys(ROLES) as KeyName[];
  return Object.fromEntries(names.map((name) => [name, make(name, ROLES[name])])) as Record<KeyName, T>;
}

function serverConfig(keys: BrokerKeys, options: BrokerOptions, at: Date): string {
  const operator = encodeToken(
    {
      name: "mailcensus",
      sub: keys.operator.id,
      nats: { type: "operator", system_account: keys.system.id },
    },
    keys.operator,
    at,
  );
  const account = (name: string, key: Identity, claims: Partial<Account>): string =>
    `  ${key.id}: ${encodeToken({ name, sub: key.id, nats: { ...claims, type: "account" } }, keys.operator, at)}`;
  const { tls } = options;
  const services = servicesOf(options);
  return [
    "# Made by `mailcensus collector nats-config`: make it again instead of editing it.",
    "# Whom it refuses or cuts off, the broker names in its log by the network address. Nothing else of mailcensus",
    "# keeps one: keep this log for 7 days at most (docs/operating.md says how), and its level as it is.",
    `server_name: ${quoted(options.serverName ?? "mailcensus")}`,
    `listen: ${quoted(options.listen)}`,
    ...(options.monitor === undefined ? [] : [`http: ${quoted(options.monitor)}`]),
    "",
    "# What isn't named here (leaf nodes, MQTT, WebSocket, gateways) has no listener: nobody can come in that way.",
    ...(options.cluster === undefined ? [] : clusterConfig(keys, options.cluster)),
    `max_payload: ${MAX_MESSAGE_BYTES}`,
    "max_control_line: 4096",
    `max_connections: ${MAX_CONNECTIONS}`,
    "max_subscriptions: 64",
    `max_pending: ${16 * MAX_MESSAGE_BYTES}`,
    'write_deadline: "10s"',
    'lame_duck_duration: "30s"',
    'lame_duck_grace_period: "2s"',
    "",
    ...(tls === undefined ? [] : [...tlsBlock(tls), ""]),
    "jetstream {",
    `  store_dir: ${quoted(options.storeDir)}`,
    "}",
    "",
    `operator: ${operator}`,
    `system_account: ${keys.system.id}`,
    "resolver: MEMORY",
    "resolver_preload: {",
    account("SYSTEM", keys.system, systemAccount()),
    account("COLLECTOR", keys.collector, collectorAccount(services)),
    account("AGENTS", keys.agents, agentsAccount(keys, services)),
    "}",
    "",
  ].join("\n");
}

function tlsBlock({ cert, key, ca }: NonNullable<BrokerOptions["tls"]>): string[] {
  return [
    "tls {",
    `  cert_file: ${quoted(cert)}`,
    `  key_file: ${quoted(key)}`,
    ...(ca === undefined ? [] : [`  ca_file: ${quoted(ca)}`, "  verify: true"]),
    "}",
  ];
}

const ROUTE_USER = "mailcensus-route";

/** The nodes' password follows from the operator's key: whoever makes the next node's file has it. */
function clusterConfig(keys: BrokerKeys, { name, listen, routes, tls }: ClusterOptions): string[] {
  const password = createHmac("sha256", keys.operator.seed).update("mailcensus/route/1").digest("hex");
  return [
    "# Another node needs the password, and is let into everything: keep this file and the listener to the nodes.",
    "cluster {",
    `  name: ${quoted(name)}`,
    `  listen: ${quoted(listen)}`,
    `  authorization { user: ${quoted(ROUTE_USER)}, password: ${quoted(password)}, timeout: 5 }`,
    ...(tls === undefined ? [] : tlsBlock(tls).map((line) => `  ${line}`)),
    "  # Agents aren't told of the nodes: they know the addresses that their configuration names.",
    "  no_advertise: true",
    "  routes: [",
    ...routes.map((at) => `    ${quoted(`nats-route://${ROUTE_USER}:${password}@${at}`)}`),
    "  ]",
    "}",
  ];
}

/** What agents may ask of the collector's account, as it is called on both sides. */
function servicesOf({ subjects }: BrokerOptions): Readonly<Record<string, string>> {
  return {
    report: reportSubjects(subjects),
    receipt: receiptSubjects(subjects),
    rights: rightsSubjects(subjects),
    policy: policySubjects(subjects),
  };
}

/** For how long the broker remembers where an answer goes: the longest hold of a receipt, and leave. */
const RESPONSE_THRESHOLD_NS = 5e9;

/** Of which agents leave some: a collector that was cut off gets in again, however many agents hold on. */
const MAX_CONNECTIONS = 65_536;
const AGENTS_CONNECTIONS = 65_000;

const UNLIMITED = -1;
const limits = {
  subs: UNLIMITED,
  data: UNLIMITED,
  payload: MAX_MESSAGE_BYTES,
  imports: 0,
  exports: 0,
  wildcards: true,
  conn: UNLIMITED,
  leaf: 0,
  disallow_bearer: true,
} as const;

function systemAccount(): Partial<Account> {
  return { limits };
}

function collectorAccount(services: Readonly<Record<string, string>>): Partial<Account> {
  return {
    limits: {
      ...limits,
      exports: Object.keys(services).length,
      mem_storage: 0,
      disk_storage: UNLIMITED,
      streams: 4,
      consumer: 16,
      max_bytes_required: true,
    },
    exports: Object.entries(services).map(([name, subject]) => ({
      name,
      subject,
      type: "service" as const,
      response_type: "Singleton" as const,
      response_threshold: RESPONSE_THRESHOLD_NS,
    })),
  };
}

function agentsAccount(keys: BrokerKeys, services: Readonly<Record<string, string>>): Partial<Account> {
  return {
    limits: { ...limits, conn: AGENTS_CONNECTIONS, imports: Object.keys(services).length },
    imports: Object.entries(services).map(([name, subject]) => ({
      name,
      subject,
      account: keys.collector.id,
      type: "service" as const,
    })),
    signing_keys: [
      { kind: "user_scope", key: keys.enrolment.id, role: "agent", template: agentScope(services) },
    ],
  };
}

/** All that a token signed with the published key can do; `{{subject()}}` is the token's own id. */
function agentScope(services: Readonly<Record<string, string>>): Partial<UserPermissionsLimits> {
  const own = (subjects: string): string => subjects.replace("*", "{{subject()}}");
  return {
    pub: { allow: Object.values(services).map(own) },
    sub: { allow: ["_INBOX.{{subject()}}.>"] },
    subs: 8,
    data: UNLIMITED,
    payload: MAX_MESSAGE_BYTES,
    bearer_token: false,
    allowed_connection_types: ["STANDARD", "WEBSOCKET"],
  };
}

function credentials(keys: BrokerKeys, at: Date): string {
  const user = keys.collector_user;
  const nats = {
    type: "user" as const,
    pub: {},
    sub: {},
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    allowed_connection_types: ["STANDARD", "WEBSOCKET"],
  };
  const token = encodeToken({ name: "collector", sub: user.id, nats }, keys.collector, at);
  return [
    "-----BEGIN NATS USER JWT-----",
    token,
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    user.seed,
    "------END USER NKEY SEED------",
    "",
  ].join("\n");
}

/** A text as the broker's configuration reads it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
