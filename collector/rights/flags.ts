/** Reads the options of the rights commands; all faults are told at once. Pure. */
import { domainToASCII } from "node:url";
import type { Flags } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { publicBytes } from "#schemas/nkey.ts";
import { parseWhen, WHEN_EXPECTED } from "../when.ts";
import type { Asker } from "./asked.ts";
import type { Sought } from "./search.ts";

/** As an answer holds a line; longer words would make it none. */
const LINE = 255;
/** Likewise, as an answer holds an instant. */
const EARLIEST_MS = Date.UTC(2000);

export class FlagReader {
  readonly #flags: Flags;
  readonly #faults: string[] = [];

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  isSet(name: string): boolean {
    return this.#flags[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#flags[name];
    return typeof value === "string" ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#flags[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** A line of words for people; the empty text where it is missing, which is a fault. @param what it is */
  line(name: string, what: string): string {
    const text = this.text(name) ?? "";
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    if (text.trim() === "" || [...text].length > LINE || /[\u0000-\u001f\u007f]/.test(text))
      this.fault(
        `--${name}: expected ${what}, in one line of at most ${LINE} characters, found ${text === "" ? "none" : "something else"}`,
      );
    return text;
  }

  /** In Unix seconds; now where it isn't given. What is yet to come is a fault. */
  past(name: string, now: Date): number {
    const given = this.text(name);
    const at = given === undefined ? now : parseWhen(given);
    if (at === null) this.fault(`--${name}: ${WHEN_EXPECTED}`);
    else if (at.getTime() > now.getTime())
      this.fault(`--${name}: expected a time in the past, found one to come`);
    else if (at.getTime() < EARLIEST_MS)
      this.fault(`--${name}: expected a time since the year 2000, found an earlier one`);
    return Math.floor((at ?? now).getTime() / 1000);
  }

  /** Lower-case hexadecimal of 32 bytes each. */
  hashes(name: string): readonly string[] {
    const hashes = this.texts(name).map((text) => text.toLowerCase());
    if (hashes.some((hash) => !/^[0-9a-f]{64}$/.test(hash)))
      this.fault(`--${name}: expected a SHA-256 (64 hexadecimal digits), found something else`);
    return hashes;
  }

  id(text: string): string {
    if (publicBytes(text) === null)
      this.fault("--id: expected an installation's id (U and 55 characters), found something else");
    return text;
  }

  fault(sentence: string): void {
    this.#faults.push(sentence);
  }

  /** @throws MailcensusError `usage` where there was any fault */
  done(): void {
    if (this.#faults.length > 0) throw new MailcensusError("usage", this.#faults.join("\n"));
  }
}

/** By exactly one of `--id`, `--domain` and `--sha256`; null where that is a fault. */
export function soughtOf(flags: FlagReader): Sought | null {
  const [id, domain, sha256] = [flags.text("id"), flags.text("domain"), flags.text("sha256")];
  if ([id, domain, sha256].filter((given) => given !== undefined).length !== 1) {
    flags.fault("expected exactly one of --id, --domain and --sha256");
    return null;
  }
  const all = flags.isSet("all");
  if (all && domain === undefined) flags.fault("--all: expected --domain with it, found none");
  if (id !== undefined) return { by: "id", id: flags.id(id) };
  if (domain !== undefined) {
    const name = domainToASCII(domain.trim().replace(/\.$/, ""));
    if (name === "") flags.fault("--domain: expected a domain's name, found something else");
    return { by: "domain", domain: name, all };
  }
  const hash = (sha256 ?? "").trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash))
    flags.fault("--sha256: expected a SHA-256 (64 hexadecimal digits), found something else");
  return { by: "sha256", sha256: hash };
}

/** Who asks, and when it came. */
export function operatorOfFlags(flags: FlagReader, now: Date): Extract<Asker, { via: "operator" }> {
  const evidence = flags.line("evidence", "what you have seen that the asker is who they say");
  return { via: "operator", evidence, received_at: flags.past("received", now) };
}
