/** `verify`: what the signatures that are kept here prove, and what a file proves. Reads only. */
import type { KeyObject } from "node:crypto";
import { readBounded } from "#schemas/common/bounded.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { sha256 } from "#schemas/envelope.ts";
import { knownLinks } from "./collector-keys.ts";
import type { HistoryMeta } from "./entry.ts";
import { readIdentity } from "./identity.ts";
import {
  checkDocument,
  checkKeptAnswer,
  checkKeptReceipt,
  type Finding,
  keysFrom,
  keysOfHeader,
} from "./rights/check-signed.ts";
import { type RequestEntry, requestOf } from "./rights/requests.ts";
import { pinnedKey } from "./settings.ts";
import type { Workshop } from "./workshop.ts";

export type Verified = {
  readonly findings: readonly Finding[];
  /** Whether everything that could be checked is as it was signed. */
  readonly ok: boolean;
};

/** Many times what ten years of the largest reports take. */
const MOST_BYTES = 512 * 1024 * 1024;

/** @param file null where only the state folder is looked at @throws MailcensusError `document-unreadable` */
export async function verify(shop: Workshop, file: string | null): Promise<Verified> {
  const pinned = pinnedKey(shop.options.config, shop.contract);
  const keys = pinned === null ? [] : await believedKeys(shop, pinned);
  const findings = [
    ...(await historyFindings(shop, keys)),
    ...(await requestFindings(shop, keys)),
    ...(file === null ? [] : await fileFindings(file, pinned, keys)),
  ];
  return { findings, ok: findings.every(({ fault }) => fault === null) };
}

/** The pinned key, those it leads to, and those that led to it: what they signed was believed at its time. */
async function believedKeys({ paths }: Workshop, pinned: string): Promise<readonly KeyObject[]> {
  const { from, links } = await knownLinks(paths);
  const former = links.some(({ to }) => to === pinned) ? keysFrom(from, links) : [];
  return [...keysFrom(pinned, links), ...former];
}

async function historyFindings(shop: Workshop, keys: readonly KeyObject[]): Promise<Finding[]> {
  const identity = await readIdentity(shop.paths);
  const findings: Finding[] = [];
  for (const meta of await shop.history.metas()) {
    const subject = `report ${meta.period} r${meta.revision}`;
    const proved: string[] = [];
    if (identity === null) {
      findings.push({ subject, proved, fault: "the installation's key is missing" });
      continue;
    }
    const whole = meta.state === "erased" || (await shop.history.get(meta.period, meta.revision)) !== null;
    if (whole) proved.push(meta.state === "erased" ? "erased here too" : "bytes, hash and own signature");
    const fault = whole
      ? receiptFault(meta, identity.id, keys, proved)
      : "its bytes aren't those that were signed";
    findings.push({ subject, proved, fault });
  }
  for (const name of await shop.history.damaged())
    if (!findings.some(({ subject }) => subject === subjectOf(name)))
      findings.push({ subject: subjectOf(name), proved: [], fault: "its record can't be read" });
  return findings;
}

function subjectOf(name: string): string {
  return `report ${name.replace(".", " ")}`;
}

function receiptFault(
  meta: HistoryMeta,
  installation: string,
  keys: readonly KeyObject[],
  proved: string[],
): string | null {
  if (meta.receipt === null) {
    proved.push(
      meta.revision > 0 ? "its receipt is the answer to its request" : `no receipt (${meta.state})`,
    );
    return null;
  }
  const checked = checkKeptReceipt(meta.receipt, { keys, installation, sha256: meta.sha256 });
  if ("fault" in checked) return checked.fault;
  proved.push(checked.proved);
  return null;
}

async function requestFindings({ requests }: Workshop, keys: readonly KeyObject[]): Promise<Finding[]> {
  const findings = (await requests.entries()).map((entry) => requestFinding(entry, keys));
  for (const name of await requests.damaged())
    findings.push({ subject: `request ${name}`, proved: [], fault: "it isn't as it was signed" });
  return findings;
}

function requestFinding(entry: RequestEntry, own: readonly KeyObject[]): Finding {
  const { name, bytes, meta } = entry;
  const subject = `request ${name}`;
  const proved = ["bytes and the installation's signature"];
  if (meta.answer === null) return { subject, proved: [...proved, "not answered yet"], fault: null };
  // Another collector's answers are held against the key that its configuration pinned.
  const keys = meta.config === null ? own : keysOfHeader(requestOf(entry).collector, meta.answer.keys);
  const checked = checkKeptAnswer(meta.answer, bytes, keys);
  if ("fault" in checked) return { subject, proved, fault: checked.fault };
  return { subject, proved: [...proved, checked.proved], fault: null };
}

async function fileFindings(
  file: string,
  pinned: string | null,
  own: readonly KeyObject[],
): Promise<readonly Finding[]> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(file, MOST_BYTES);
  } catch (cause) {
    throw unreadable(`${file} can't be read (${errorCode(cause) ?? "unknown"})`, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw unreadable(`${file} isn't JSON`, cause);
  }
  const keysOf = (header: string) => [...own, ...(pinned === null ? [] : keysOfHeader(pinned, header))];
  const findings = checkDocument(value, keysOf);
  if (findings !== null) return findings;
  throw unreadable(`${file} (SHA-256 ${sha256(bytes).toString("hex")}) is no document that can be verified`);
}

function unreadable(what: string, cause?: unknown): MailcensusError {
  return new MailcensusError(
    "document-unreadable",
    `${what}: name what mailcensus agent rights export or access --json wrote, or an answer with its signature.`,
    { cause },
  );
}
