/** What the configuration says to the agent; what a step needs and doesn't find is told all at once. */
import { readFile } from "node:fs/promises";
import { type Config, configPath, type LoadedConfig } from "#schemas/common/config.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { Contract } from "#schemas/contract.ts";
import { type Enrolment, parseEnrolment } from "#schemas/enrolment.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import type { Addresses } from "./copies.ts";
import type { SmtpOptions } from "./copy.ts";

const DEFAULT_STATE = "/var/lib/mailcensus";

export type BrokerSettings = {
  readonly servers: readonly string[];
  readonly enrolment: Enrolment;
  readonly ca: string | null;
  /** The collector's pinned key, as an nkey. */
  readonly collector: string;
  /** The first token of the subjects; mailcensus where it isn't given. */
  readonly subjects?: string;
};

export type CopySettings = { readonly addresses: Addresses; readonly smtp: SmtpOptions };
export type Operator = NonNullable<Config["operator"]>;

/** @param flag what `--state` says, relative to the working folder */
export function stateFolder(loaded: LoadedConfig, flag: string | undefined): string {
  return flag ?? configPath(loaded, loaded.config.agent?.state ?? DEFAULT_STATE);
}

/** @throws MailcensusError `config-invalid` where nobody is named */
export function operatorOf(loaded: LoadedConfig, contract: Contract): Operator {
  const operator = operatorOrNull(loaded, contract);
  if (operator === null) throw invalid([missing(loaded.file, "operator")]);
  return operator;
}

/** Who the configuration or the vendor's file names: where both name the same, what one of them leaves out the other adds. */
export function operatorOrNull({ config }: LoadedConfig, { vendor }: Contract): Operator | null {
  const [own, theirs] = [config.operator, vendor?.operator];
  if (own !== undefined && own.name === theirs?.name) return { ...theirs, ...own };
  return own ?? theirs ?? null;
}

/** The collector's key that the configuration or the vendor's file pins. */
export function pinnedKey({ config }: LoadedConfig, { vendor }: Contract): string | null {
  return config.agent?.collector_key ?? vendor?.collector?.key ?? null;
}

/** @throws MailcensusError `config-invalid`, all faults at once */
export async function brokerSettings(loaded: LoadedConfig, contract: Contract): Promise<BrokerSettings> {
  const { config, file } = loaded;
  const faults: string[] = [];
  const pinned = pinnedKey(loaded, contract);
  const collector = pinned === null || publicKeyOf(pinned) === null ? null : pinned;
  if (pinned === null) faults.push(missing(file, "agent.collector_key"));
  else if (collector === null) {
    faults.push(`${file}: agent.collector_key: expected a public key, found one whose checksum is wrong`);
  }
  if (config.nats === undefined) faults.push(missing(file, "nats"));
  const enrolment = config.nats === undefined ? null : await readEnrolment(loaded, faults);
  if (config.nats === undefined || collector === null || enrolment === null) throw invalid(faults);
  const { servers, ca } = config.nats;
  return {
    servers,
    enrolment,
    collector,
    ca: ca === undefined ? null : configPath(loaded, ca),
    subjects: contract.subjects,
  };
}

/** The copy's settings, null where no copy is wanted. @throws MailcensusError `config-invalid` */
export async function copySettings(loaded: LoadedConfig): Promise<CopySettings | null> {
  const { copy } = loaded.config;
  if (copy === undefined) return null;
  if (!URL.canParse(copy.smtp)) {
    throw invalid([
      `${loaded.file}: copy.smtp: expected smtp://host:port or smtps://host:port, found something else`,
    ]);
  }
  const password =
    copy.password_file === undefined ? undefined : await readPassword(loaded, copy.password_file);
  return {
    // Unless one is given, the recipient's own address: it exists, and its server takes it.
    addresses: { to: copy.to, from: copy.from ?? copy.to },
    smtp: {
      url: copy.smtp,
      ...(copy.user === undefined ? {} : { user: copy.user }),
      ...(password === undefined ? {} : { password }),
    },
  };
}

/** Where the admin is told of policies and notices. */
export type AdminSettings = CopySettings;

/** Whether the admin can be told by mail: there is an address, and a server that takes mail. */
export function isAdminMailed({ admin, copy }: Config): boolean {
  return isAddress(admin?.contact) && (admin?.smtp ?? copy?.smtp) !== undefined;
}

/** Null where nothing is mailed to the admin. @throws MailcensusError `config-invalid` */
export async function adminSettings(loaded: LoadedConfig): Promise<AdminSettings | null> {
  const { admin } = loaded.config;
  if (!isAdminMailed(loaded.config) || admin?.contact === undefined) return null;
  const to = admin.contact;
  if (admin.smtp !== undefined) {
    if (!URL.canParse(admin.smtp))
      throw invalid([
        `${loaded.file}: admin.smtp: expected smtp://host:port or smtps://host:port, found something else`,
      ]);
    return { addresses: { to, from: admin.from ?? to }, smtp: { url: admin.smtp } };
  }
  const copy = await copySettings(loaded);
  if (copy === null) return null;
  return { addresses: { to, from: admin.from ?? loaded.config.copy?.from ?? to }, smtp: copy.smtp };
}

function isAddress(contact: string | undefined): boolean {
  return contact !== undefined && /^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(contact);
}

async function readEnrolment(loaded: LoadedConfig, faults: string[]): Promise<Enrolment | null> {
  const named = loaded.config.nats?.enrolment;
  if (named === undefined) {
    faults.push(missing(loaded.file, "nats.enrolment"));
    return null;
  }
  const text = await read(configPath(loaded, named));
  const enrolment = typeof text === "string" ? parseEnrolment(text) : null;
  if (enrolment === null) {
    const found = typeof text === "string" ? "something else" : `no readable file (${text.code})`;
    faults.push(`${loaded.file}: nats.enrolment: expected the operator's enrolment file, found ${found}`);
  }
  return enrolment;
}

async function readPassword(loaded: LoadedConfig, path: string): Promise<string> {
  const text = await read(configPath(loaded, path));
  if (typeof text === "string") return text.trimEnd();
  throw invalid([`${loaded.file}: copy.password_file: expected a readable file, found none (${text.code})`]);
}

async function read(path: string): Promise<string | { readonly code: string }> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    return { code: errorCode(error) ?? "unknown" };
  }
}

function missing(file: string, key: string): string {
  return `${file}: ${key}: expected a value, found none`;
}

function invalid(faults: readonly string[]): MailcensusError {
  return new MailcensusError("config-invalid", faults.join("\n"));
}
