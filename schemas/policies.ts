/** Policies and notices to all admins: what an operator publishes, and how agents come to know of it. */
import type { KeyObject } from "node:crypto";
import { canonicalBytes } from "./canonical.ts";
import { decodeSignature, sha256, signDigest, verifyDigest } from "./envelope.ts";
import type { PolicyV1 } from "./generated/policy.v1.gen.ts";
import type { PolicyAnswerV1 } from "./generated/policy-answer.v1.gen.ts";
import type { PolicyQuestionV1 } from "./generated/policy-question.v1.gen.ts";
import {
  validatePolicyAnswerV1,
  validatePolicyQuestionV1,
  validatePolicyV1,
} from "./generated/rights-validators.gen.js";
import type { SignedDocument } from "./rights.ts";

export type { PolicyAnswerV1, PolicyQuestionV1, PolicyV1 };
export type PublishedPolicy = Extract<PolicyV1, { kind: "policy" }>;
export type PublishedNotice = Extract<PolicyV1, { kind: "notice" }>;

/** The longest text of a policy or a notice, in characters. */
export const MAX_POLICY_TEXT = 65_536;
const MAX_QUESTION_BYTES = 1024;
const MAX_ANSWER_BYTES = 1020 * 1024;

export function signPolicy(policy: PolicyV1, privateKey: KeyObject): SignedDocument {
  const bytes = canonicalBytes(policy);
  return { bytes, signature: signDigest("policy", sha256(bytes), privateKey) };
}

/** A policy or notice whose signature is this key's; null where it isn't, or where the text is none. */
export function checkPolicy(text: string, signature: string, collector: KeyObject): PolicyV1 | null {
  const bytes = Buffer.from(text, "utf8");
  const decoded = decodeSignature(signature);
  if (decoded === null || !verifyDigest("policy", sha256(bytes), decoded, collector)) return null;
  const value = parseJson(bytes, MAX_ANSWER_BYTES);
  return validatePolicyV1(value) ? value : null;
}

export function parsePolicyQuestion(bytes: Uint8Array): PolicyQuestionV1 | null {
  const value = parseJson(bytes, MAX_QUESTION_BYTES);
  return validatePolicyQuestionV1(value) ? value : null;
}

export function policyQuestionBytes(question: PolicyQuestionV1): Buffer {
  return canonicalBytes(question);
}

export function signPolicyAnswer(answer: PolicyAnswerV1, privateKey: KeyObject): SignedDocument {
  const bytes = canonicalBytes(answer);
  return { bytes, signature: signDigest("receipt", sha256(bytes), privateKey) };
}

/** An answer that this key has signed for this asker and question; null where it is none. */
export function checkPolicyAnswer(
  bytes: Uint8Array,
  signature: string,
  expected: { readonly collector: KeyObject; readonly installation: string; readonly nonce: string },
): PolicyAnswerV1 | null {
  const decoded = decodeSignature(signature);
  if (decoded === null || !verifyDigest("receipt", sha256(bytes), decoded, expected.collector)) return null;
  const value = parseJson(bytes, MAX_ANSWER_BYTES);
  if (!validatePolicyAnswerV1(value)) return null;
  return value.installation === expected.installation && value.nonce === expected.nonce ? value : null;
}

/**
 * What isn't right with the text of a policy or a notice, a sentence each. Beside the length, characters
 * that a terminal would obey are refused: the text is shown on one.
 */
export function textFaults(text: string): string[] {
  const size = [...text].length;
  return [
    ...(text.trim() === "" ? ["expected a text, found none"] : []),
    ...(size > MAX_POLICY_TEXT ? [`expected at most ${MAX_POLICY_TEXT} characters, found ${size}`] : []),
    ...(CONTROL.test(text) ? ["expected no control characters but tabs and line ends, found one"] : []),
  ];
}

/** A text as a terminal may be given it: without the characters that it would obey. */
export function printable(text: string): string {
  return text.replaceAll(new RegExp(CONTROL, "gu"), "");
}

/** All of category Cc but tab, line feed and carriage return; and those that turn the order of others round. */
const CONTROL = /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;

/** The SHA-256 of a policy's text, in hexadecimal: by it a consent names what was agreed to. */
export function policyTextSha256(text: string): string {
  return sha256(Buffer.from(text, "utf8")).toString("hex");
}

function parseJson(bytes: Uint8Array, most: number): unknown {
  if (bytes.length > most) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** What was published, as a store of one's own keeps it; null where the document is none. */
export function parsePublished(document: string): PolicyV1 | null {
  const value = parseJson(Buffer.from(document, "utf8"), MAX_ANSWER_BYTES);
  return validatePolicyV1(value) ? value : null;
}

/** A published policy of the operator's own store, with its text's hash; null where the document is none. */
export function checkedPolicyText(document: string): (PublishedPolicy & { readonly sha256: string }) | null {
  const value = parsePublished(document);
  if (value === null || value.kind !== "policy") return null;
  return { ...value, sha256: policyTextSha256(value.text) };
}
