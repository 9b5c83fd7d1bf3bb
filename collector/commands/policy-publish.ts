/** `mailcensus collector policy publish FILE --version N --scope S --effective DATE --summary TEXT` */
import { randomBytes } from "node:crypto";
import { readBounded } from "#schemas/common/bounded.ts";
import { type CommandRun, textFlag } from "#schemas/common/command.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import { MAX_POLICY_TEXT, policyTextSha256, signPolicy } from "#schemas/policies.ts";
import { loadPublishing } from "../config.ts";
import { loadOrMakeCollectorIdentity } from "../identity.ts";
import { publicationOf } from "../publication.ts";
import { openStore } from "../store/index.ts";
import { oneFile } from "./backup.ts";

export const run: CommandRun = async (context) => {
  const file = oneFile(context);
  const { storeUrl, keyFile, contract } = await loadPublishing(context.configFile);
  const text = await readText(file);
  const flag = (name: string) => textFlag(context, name);
  const given = {
    text,
    version: flag("version"),
    scope: flag("scope"),
    effective: flag("effective"),
    summary: flag("summary"),
  };
  const { id, privateKey } = await loadOrMakeCollectorIdentity(keyFile, randomBytes);
  const at = context.now();
  await using store = await openStore(storeUrl);
  // Looked at and published in one transaction: of two that publish the same version, one is told.
  const { version, scope, effective, sha256 } = store.transaction(({ policies, rights }) => {
    const newest = policies.newest();
    const wanted = publicationOf(given, { newest, dictionary: contract.newestScope });
    if ("faults" in wanted) throw new MailcensusError("usage", wanted.faults.join("\n"));
    const document = { kind: "policy", ...wanted, published_at: formatInstant(at), collector: id } as const;
    const { bytes, signature } = signPolicy(document, privateKey);
    const seconds = Math.floor(at.getTime() / 1000);
    policies.publish({
      version: wanted.version,
      scope: wanted.scope,
      effective: Math.floor(Date.parse(wanted.effective) / 1000),
      published_at: seconds,
      document: bytes.toString("utf8"),
      signature,
    });
    const hash = policyTextSha256(wanted.text);
    const detail = JSON.stringify({ version: wanted.version, scope: wanted.scope, sha256: hash });
    rights.note({ at: seconds, actor: "operator", action: "policy-publish", detail });
    return { ...wanted, sha256: hash };
  });
  if (context.json) context.write(`${JSON.stringify({ version, scope, effective, sha256 })}\n`);
  else
    context.write(
      [
        `Policy ${version} is published: scope ${scope}, from ${effective} on, SHA-256 of its text ${sha256}.`,
        "Agents fetch it in their next round, within a week; each admin is told, and reports stay as the policy has them that was agreed to.",
        `For new installations: mailcensus collector policy show ${version} --vendor`,
        "",
      ].join("\n"),
    );
  return 0;
};

/** So many bytes may a text of the longest kind have, and one more, by which a longer one is known. */
const MOST_BYTES = MAX_POLICY_TEXT * 4 + 1;

/** The text, null where it isn't UTF-8. @throws MailcensusError `document-unreadable` */
export async function readText(file: string): Promise<string | null> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(file, MOST_BYTES);
  } catch (cause) {
    throw new MailcensusError(
      "document-unreadable",
      `${file} can't be read (${errorCode(cause) ?? "unknown"}): name the file of the text.`,
      { cause },
    );
  }
  try {
    // Cut in the middle of a letter it is too long anyway.
    return new TextDecoder("utf-8", { fatal: bytes.length < MOST_BYTES }).decode(bytes);
  } catch {
    return null;
  }
}
