/** `mailcensus collector policy show N`: a policy's text; with `--vendor`, what a vendor's file says of it. */
import type { CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { encodeSignature } from "#schemas/envelope.ts";
import { checkedPolicyText, type PublishedPolicy, signPolicy } from "#schemas/policies.ts";
import { loadPublishing } from "../config.ts";
import { readCollectorIdentity } from "../identity.ts";
import { openStore } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  const [number = "", ...more] = context.positionals;
  if (!/^\d{1,4}$/.test(number) || more.length > 0)
    throw new MailcensusError("usage", "Name one version: mailcensus collector policy show N.");
  const { storeUrl, keyFile } = await loadPublishing(context.configFile);
  await using store = await openStore(storeUrl, "read");
  const row = store.reader.policies.get(Number(number));
  const found = row === null ? null : checkedPolicyText(row.document);
  if (found === null)
    throw new MailcensusError("usage", `There is no policy ${number}: mailcensus collector policy list.`);
  const { sha256, ...policy } = found;
  if (context.flags["vendor"] === true) context.write(await forVendor(policy, keyFile));
  else if (context.json) context.write(`${JSON.stringify({ ...policy, sha256 })}\n`);
  // Exactly: written to a file, it is the text of which the hash is told.
  else context.write(policy.text);
  return 0;
};

/** Signed anew: the key that agents pin now may be another than that of the day on which it was published. */
async function forVendor(policy: PublishedPolicy, keyFile: string): Promise<string> {
  const identity = await readCollectorIdentity(keyFile);
  if (identity === null)
    throw new MailcensusError("state-unreadable", `There is no key at ${keyFile} that could sign it.`);
  const { version, scope, effective, summary, published_at } = policy;
  const { signature } = signPolicy({ ...policy, collector: identity.id }, identity.privateKey);
  const fields = {
    version,
    scope,
    effective,
    summary,
    text: `policy-${version}.md`,
    published_at,
    signature: encodeSignature(signature),
  };
  const lines = Object.entries(fields).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return ["[policy]", ...lines, ""].join("\n");
}
