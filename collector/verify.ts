/** What can be said of a message without the store: whether it is signed, and what was signed. */
import type { KeyObject } from "node:crypto";
import { verifyDigestAsync } from "#schemas/envelope.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { type Parsed, type ParseReport, parseReport } from "#schemas/report.ts";
import { type Evidence, type Message, type Opened, openEnvelope } from "./decide.ts";

/** Evidence with all of the report. */
export type FullEvidence =
  | (Evidence & { readonly signed: false })
  | (Evidence & { readonly signed: true; readonly parsed: Parsed });

/** Key objects by id, the least recently used ones given up: making one costs more than a check. */
export class KeyCache {
  readonly #keys = new Map<string, KeyObject>();
  readonly #limit: number;
  constructor(limit = 4096) {
    this.#limit = limit;
  }

  get(id: string): KeyObject | null {
    const key = this.#keys.get(id) ?? publicKeyOf(id);
    if (key === null) return null;
    this.#keys.delete(id);
    this.#keys.set(id, key);
    const oldest = this.#keys.keys().next();
    if (this.#keys.size > this.#limit && oldest.done !== true) this.#keys.delete(oldest.value);
    return key;
  }
}

/** What an opened message comes to, now that its signature was checked. Only what is signed is parsed. */
export function examine(
  opened: Opened,
  isValid: boolean,
  bytes: Uint8Array,
  parse: ParseReport,
): FullEvidence {
  if (!opened.ok) return { signed: false, rule: opened.rule };
  if (!isValid) return { signed: false, rule: "signature" };
  return { signed: true, envelope: opened.envelope, size: bytes.length, parsed: parse(bytes) };
}

/** All of it for a single message. */
export async function verifyMessage(
  message: Message,
  keys: KeyCache,
  parse: ParseReport = parseReport,
): Promise<FullEvidence> {
  const opened = openEnvelope(message);
  if (!opened.ok) return { signed: false, rule: opened.rule };
  const { envelope } = opened;
  const key = keys.get(envelope.installation);
  if (key === null) return { signed: false, rule: "subject" };
  const valid = await verifyDigestAsync("report", envelope.digest, envelope.signature, key);
  return examine(opened, valid, message.bytes, parse);
}
