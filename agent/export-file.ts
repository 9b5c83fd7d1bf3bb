/**
 * An export's form (`docs/agent-state.md`): JSON lines. The first names the format, each that follows holds
 * a file of the state folder, the last one the SHA-256 of all that stands before it.
 */
import { MailcensusError } from "#schemas/common/errors.ts";
import { sha256 } from "#schemas/envelope.ts";

/** A file of the state folder. */
export type Member = { readonly path: string; readonly bytes: Buffer };

const FORMAT = "mailcensus-agent-state";
const VERSION = 1;
/** What may stand in an export: no other file is ever written. */
const MEMBER =
  /^(?:(?:identity|consent|status|collector-key|ledger)\.json|(?:drafts|spool|history|copies|local|policies|requests)\/[0-9A-Za-z][0-9A-Za-z.+_-]{0,120}\.json)$/;

export function isMember(path: string): boolean {
  return MEMBER.test(path);
}

/** @param at when it was made, UTC */
export function encodeExport(members: readonly Member[], at: string): Buffer {
  const head = { format: FORMAT, version: VERSION, made_at: at };
  const lines = [head, ...members.map(({ path, bytes }) => ({ path, base64: bytes.toString("base64") }))];
  const body = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const tail = { members: members.length, sha256: sha256(body).toString("hex") };
  return Buffer.concat([body, Buffer.from(`${JSON.stringify(tail)}\n`)]);
}

/** The members. @throws MailcensusError `document-unreadable` where it is none, cut, altered or newer */
export function decodeExport(bytes: Buffer): readonly Member[] {
  const end = bytes.lastIndexOf("\n", bytes.length - 2) + 1;
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1).map(objectOf);
  const [head, ...rest] = lines;
  const first = head ?? objectOf(bytes.toString("utf8", 0, 200));
  if (first["format"] !== FORMAT) throw unreadable("isn't an export of an agent's state");
  if (first["version"] !== VERSION)
    throw unreadable("was made by another version of mailcensus: install that one here too");
  const tail = objectOf(bytes.toString("utf8", end));
  const whole = bytes.at(-1) === 0x0a && tail["sha256"] === sha256(bytes.subarray(0, end)).toString("hex");
  if (!whole || tail["members"] !== rest.length)
    throw unreadable("is cut or altered: bring it over once more, or export again");
  return rest.map(memberOf);
}

function memberOf({ path, base64 }: Readonly<Record<string, unknown>>): Member {
  if (typeof path !== "string" || typeof base64 !== "string" || !isMember(path))
    throw unreadable("holds something that isn't an agent's state");
  return { path, bytes: Buffer.from(base64, "base64") };
}

function objectOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Not JSON: an object without members, which nothing is made of.
  }
  return {};
}

function unreadable(what: string): MailcensusError {
  return new MailcensusError("document-unreadable", `The file ${what}.`);
}
