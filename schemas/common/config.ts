/**
 * Reads the configuration: TOML, checked against `config.schema.json`. All faults are told at once,
 * each with file, key, what was expected and what was found.
 */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, TomlError } from "smol-toml";
import type { Config } from "../generated/config.gen.ts";
import { validateConfig } from "../generated/config-validator.gen.js";
import type { Fault } from "../generated/validators.gen.js";
import { MailcensusError } from "./errors.ts";

export type { Config };

/** A configuration that passed, with the file it came from. */
export type LoadedConfig = { readonly config: Config; readonly file: string };

/** Where the configuration is when nobody names one: in a clone, the demonstration's. */
export function defaultConfigFile(): string {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  return existsSync(join(root, ".git"))
    ? join(root, ".data", "demo", "mailcensus.toml")
    : "/etc/mailcensus/mailcensus.toml";
}

/** `--config`, else `MAILCENSUS_CONFIG`, else the default. */
export function configFile(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  return resolve(flag ?? env["MAILCENSUS_CONFIG"] ?? defaultConfigFile());
}

/** A path of the configuration, relative to the file it stands in. */
export function configPath(loaded: LoadedConfig, path: string): string {
  return resolve(dirname(loaded.file), path);
}

/** The fault of a key that isn't there. */
export function missingKey(file: string, key: string, expected: string): string {
  return `${file}: ${key}: expected ${expected}, found none`;
}

/** @throws MailcensusError `config-missing` or `config-invalid` (all faults at once, a line each) */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  let text: string;
  try {
    // A pipe or a device would be waited for without end.
    if (!(await stat(file)).isFile()) throw new TypeError("not a regular file");
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new MailcensusError(
      "config-missing",
      `There is no readable configuration at ${file}: name one with --config or MAILCENSUS_CONFIG, or start the demonstration once with npm start.`,
      { cause },
    );
  }
  return { config: parseConfig(text, file), file };
}

/** @throws MailcensusError `config-invalid` */
export function parseConfig(text: string, file: string): Config {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    const where = cause instanceof TomlError ? `${file}:${cause.line}:${cause.column}` : file;
    throw new MailcensusError(
      "config-invalid",
      `${where}: expected TOML, found something else; mend this line.`,
      { cause },
    );
  }
  if (validateConfig(value)) return value;
  const faults = (validateConfig.errors ?? []).map((fault) => `${file}: ${describe(fault)}`);
  throw new MailcensusError("config-invalid", [...new Set(faults)].join("\n"));
}

function describe(fault: Fault): string {
  const path = fault.instancePath.split("/").slice(1);
  const found = "data" in fault ? `, found ${show(fault.data)}` : "";
  switch (fault.keyword) {
    case "additionalProperties":
      return `${key([...path, String(fault.params["additionalProperty"])])}: expected no such key, found one; remove it or correct its name`;
    case "required":
      return `${key([...path, String(fault.params["missingProperty"])])}: expected a value, found none`;
    case "type":
      return `${key(path)}: expected ${String(fault.params["type"])}${found}`;
    case "enum":
      return `${key(path)}: expected one of ${(fault.params["allowedValues"] as unknown[]).map(show).join(", ")}${found}`;
    case "pattern":
      return `${key(path)}: expected the form ${String(fault.params["pattern"])}${found}`;
    default:
      return `${key(path)}: expected a value that ${fault.message ?? fault.keyword}${found}`;
  }
}

function key(path: readonly string[]): string {
  return path.length === 0 ? "(the whole file)" : path.join(".");
}

/** What was found, without the user and password that an address may hold. */
function show(value: unknown): string {
  const text = (JSON.stringify(value) ?? typeof value).replaceAll(/\/\/[^/@"]*@/g, "//…@");
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
