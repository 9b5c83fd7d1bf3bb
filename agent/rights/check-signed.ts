/** What signatures prove of kept documents. Pure. */
import type { KeyObject } from "node:crypto";
import { decodeSignature, type SignedKind, sha256, verifyDigest } from "#schemas/envelope.ts";
import { FILE_FORMATS } from "#schemas/export.ts";
import { type KeyLink, linksFrom, parseChainHeader } from "#schemas/key-chain.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { parseReceipt } from "#schemas/receipts.ts";
import { parseRightsAnswer, parseRightsRequest, type RightsAnswerV1 } from "#schemas/rights.ts";
import type { KeptReceipt } from "../entry.ts";
import type { LongPart } from "./ask.ts";
import { checkBesideAnswer, checkBesideParts, type Finding } from "./check-beside.ts";
import type { KeptAnswer } from "./entry.ts";

export type { Finding };

/** The keys of the pinned key and of those that it leads to. @param header as an answer brought it */
export function keysFrom(pinned: string, links: readonly KeyLink[] | null): readonly KeyObject[] {
  const followed = links === null ? [] : (linksFrom(pinned, links) ?? []);
  return [pinned, ...followed.map(({ to }) => to)].map(publicKeyOf).filter((key) => key !== null);
}

/** Likewise, of the chain that came with an answer. */
export function keysOfHeader(pinned: string, header: string): readonly KeyObject[] {
  return keysFrom(pinned, parseChainHeader(header));
}

export function isSignedBy(
  kind: SignedKind,
  digest: Uint8Array,
  signature: string,
  keys: readonly (KeyObject | null)[],
): boolean {
  const decoded = decodeSignature(signature);
  if (decoded === null) return false;
  return keys.some((key) => key !== null && verifyDigest(kind, digest, decoded, key));
}

/** A receipt for a report. */
export function checkKeptReceipt(
  { text, signature }: KeptReceipt,
  expected: { readonly keys: readonly KeyObject[]; readonly installation: string; readonly sha256: string },
): { readonly proved: string } | { readonly fault: string } {
  const bytes = Buffer.from(text, "utf8");
  if (!isSignedBy("receipt", sha256(bytes), signature, expected.keys))
    return { fault: "its receipt isn't signed by a key of the collector that is believed" };
  const receipt = parseReceipt(bytes);
  if (receipt?.installation !== expected.installation)
    return { fault: "its receipt is another installation's" };
  const own = receipt.receipts.find((one) => one.sha256 === expected.sha256);
  if (own === undefined) return { fault: "its receipt is for other reports" };
  return { proved: `the collector's receipt (${own.state}, ${receipt.at})` };
}

/** The answer to a request, or the parts of a long one. @param request its bytes */
export function checkKeptAnswer(
  { receipt, parts, state, at }: KeptAnswer,
  request: Buffer,
  keys: readonly KeyObject[],
): { readonly proved: string } | { readonly fault: string } {
  const unsigned = { fault: "its answer isn't signed by a key of the collector that is believed" };
  if (receipt !== null) {
    const bytes = Buffer.from(receipt.text, "utf8");
    if (!isSignedBy("receipt", sha256(bytes), receipt.signature, keys)) return unsigned;
    if (parseRightsAnswer(bytes)?.request !== sha256(request).toString("hex"))
      return { fault: "its answer is to another request" };
    return { proved: `the collector's answer (${state}, ${at})` };
  }
  const signed = parts.every(({ sha256: hash, signature }) =>
    isSignedBy("receipt", Buffer.from(hash, "hex"), signature, keys),
  );
  if (parts.length === 0 || !signed) return unsigned;
  return { proved: `the collector's signature over ${partsOf(parts.length)} (${at}), by hash` };
}

function partsOf(count: number): string {
  return count === 1 ? "the only part" : `all ${count} parts`;
}

/** An export, an access answer, or an answer alone with its signature. Null where the value is none of these. */
export function checkDocument(
  value: unknown,
  keysOf: (header: string) => readonly KeyObject[],
): readonly Finding[] | null {
  if (typeof value !== "object" || value === null) return null;
  const { format, text, signature, parts, reports, keys } = value as Record<string, unknown>;
  if (typeof text === "string" && typeof signature === "string")
    return checkAnswerAlone(value, { text, signature }, keysOf(typeof keys === "string" ? keys : ""));
  if (format !== FILE_FORMATS.export && format !== FILE_FORMATS.access) return null;
  if (!Array.isArray(parts) || !Array.isArray(reports) || typeof keys !== "string") return null;
  const { finding, items, long, installation } = checkParts(parts, keysOf(keys));
  const beside = finding.fault === null ? [checkBesideParts(value, long)] : [];
  return [finding, ...beside, ...reports.map((report) => checkReport(report, installation, items))];
}

function checkAnswerAlone(
  file: object,
  { text, signature }: KeptReceipt,
  keys: readonly KeyObject[],
): readonly Finding[] {
  const bytes = Buffer.from(text, "utf8");
  const subject = "the answer";
  if (!isSignedBy("receipt", sha256(bytes), signature, keys))
    return [{ subject, proved: [], fault: "isn't signed by a key of the collector that is believed" }];
  const answer = parseRightsAnswer(bytes) ?? parseReceipt(bytes);
  if (answer === null)
    return [{ subject, proved: ["the collector's signature"], fault: "is of no known form" }];
  const finding = { subject, proved: [`the collector's signature (${answer.at})`], fault: null };
  return [finding, checkBesideAnswer(file, answer)];
}

type Parts = {
  readonly finding: Finding;
  /** What the parts say of each report: its signature, by hash. */
  readonly items: ReadonlyMap<string, string>;
  readonly long: readonly LongPart[];
  readonly installation: string | null;
};

function checkParts(parts: readonly unknown[], keys: readonly KeyObject[]): Parts {
  const items = new Map<string, string>();
  const long: LongPart[] = [];
  let installation: string | null = null;
  let first: string | null = null;
  let isByOperator = false;
  let next: string | null = null;
  const faulty = (fault: string): Parts => ({
    finding: { subject: "the parts", proved: [], fault },
    items,
    long,
    installation,
  });
  for (const [index, part] of parts.entries()) {
    const name = `part ${index + 1}`;
    const read = readPart(part);
    if (read === null) return faulty(`${name} is of no known form`);
    const { asked, answer, askedHash, answerHash } = read;
    const askedBy = publicKeyOf(asked.installation);
    // What the operator asked for somebody who lost the key is signed by nobody; the answer is signed all the same.
    if (read.askedSignature === "") isByOperator = true;
    else if (!isSignedBy("request", Buffer.from(askedHash, "hex"), read.askedSignature, [askedBy]))
      return faulty(`${name}'s request isn't signed by its installation`);
    if (!isSignedBy("receipt", answerHash, read.answerSignature, keys))
      return faulty(`${name} isn't signed by a key of the collector that is believed`);
    if (answer.request !== askedHash || answer.installation !== (installation ?? asked.installation))
      return faulty(`${name} answers another request`);
    if (answer.state !== "done" || !("part" in answer)) return faulty(`${name} holds no data`);
    const continues = "continues" in asked ? asked.continues : undefined;
    const inOrder =
      answer.part.number === index + 1 &&
      (index === 0 ? continues === undefined : continues?.request === first && continues.cursor === next);
    if (!inOrder) return faulty(`${name} isn't in its place: one is missing, or came twice`);
    installation = asked.installation;
    first ??= askedHash;
    next = answer.part.next;
    long.push(answer);
    for (const item of answer.items) if (item.kind === "report") items.set(item.sha256, item.signature);
  }
  if (parts.length === 0 || next !== null) return faulty("the last part is missing");
  const asked = isByOperator ? "what the operator asked, signed by nobody" : "the installation's requests";
  const proved = [`${partsOf(parts.length)}, in order: ${asked}, the collector's answers`];
  return { finding: { subject: "the parts", proved, fault: null }, items, long, installation };
}

function readPart(value: unknown) {
  if (typeof value !== "object" || value === null) return null;
  const { request, answer } = value as Record<string, unknown>;
  const [asked, answered] = [signedText(request), signedText(answer)];
  if (asked === null || answered === null) return null;
  const [askedBytes, answerBytes] = [Buffer.from(asked.text), Buffer.from(answered.text)];
  const parsed = parseRightsRequest(askedBytes);
  const said: RightsAnswerV1 | null = parseRightsAnswer(answerBytes);
  if (parsed === null || said === null) return null;
  return {
    asked: parsed,
    askedHash: sha256(askedBytes).toString("hex"),
    askedSignature: asked.signature,
    answer: said,
    answerHash: sha256(answerBytes),
    answerSignature: answered.signature,
  };
}

function signedText(value: unknown): KeptReceipt | null {
  if (typeof value !== "object" || value === null) return null;
  const { text, signature } = value as Record<string, unknown>;
  return typeof text === "string" && typeof signature === "string" ? { text, signature } : null;
}

function checkReport(
  value: unknown,
  installation: string | null,
  items: ReadonlyMap<string, string>,
): Finding {
  const { sha256: hash, signature, text, period, revision } = (value ?? {}) as Record<string, unknown>;
  const subject = `report ${String(period)} r${String(revision)}`;
  const faulty = (fault: string): Finding => ({ subject, proved: [], fault });
  if (typeof hash !== "string" || typeof signature !== "string") return faulty("is of no known form");
  const key = installation === null ? null : publicKeyOf(installation);
  if (!isSignedBy("report", Buffer.from(hash, "hex"), signature, [key]))
    return faulty("isn't signed by the installation");
  if (items.get(hash) !== signature) return faulty("isn't in what the collector has signed");
  if (text === undefined)
    return { subject, proved: ["the installation's signature, over a text that is erased"], fault: null };
  if (typeof text !== "string" || sha256(Buffer.from(text, "utf8")).toString("hex") !== hash)
    return faulty("its text isn't what was signed");
  return { subject, proved: ["its text, the installation's signature, the collector's word"], fault: null };
}
