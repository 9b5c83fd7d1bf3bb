/** The policy that a vendor's file brings along, so that nothing need be fetched before the first `enable`. */
import { dirname, resolve } from "node:path";
import { canonicalBytes } from "#schemas/canonical.ts";
import { readBounded } from "#schemas/common/bounded.ts";
import { configPath, type LoadedConfig } from "#schemas/common/config.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { Contract } from "#schemas/contract.ts";
import { publicKeyOf } from "#schemas/nkey.ts";
import { checkPolicy, MAX_POLICY_TEXT, textFaults } from "#schemas/policies.ts";
import { pinnedKey } from "../settings.ts";

/** What is kept of it: the text that was signed, or would be. */
export type VendorDocument = { readonly document: string; readonly signature: string | null };

/**
 * Null where there is no vendor's file, or it has no policy.
 * @throws MailcensusError `config-invalid` where the text isn't there, or isn't what the pinned key signed
 */
export async function vendorPolicy(loaded: LoadedConfig, contract: Contract): Promise<VendorDocument | null> {
  const policy = contract.vendor?.policy;
  const named = loaded.config.vendor?.file;
  if (policy === undefined || named === undefined) return null;
  const file = configPath(loaded, named);
  const fault = (said: string): MailcensusError =>
    new MailcensusError("config-invalid", `${file}: policy.${said}`);
  const { version, scope, effective, summary, published_at, signature } = policy;
  const text = await readText(resolve(dirname(file), policy.text));
  if ("code" in text) throw fault(`text: expected a readable file of UTF-8, found none (${text.code})`);
  const [wrong] = textFaults(text.text);
  if (wrong !== undefined) throw fault(`text: ${wrong}`);
  const said = { kind: "policy", version, scope, effective, summary, text: text.text } as const;
  if (signature === undefined || published_at === undefined)
    return { document: canonicalBytes(said).toString("utf8"), signature: null };
  const pinned = pinnedKey(loaded, contract);
  const key = pinned === null ? null : publicKeyOf(pinned);
  if (pinned === null || key === null)
    throw fault("signature: expected a pinned key of the collector with it, found none");
  const document = canonicalBytes({ ...said, published_at, collector: pinned }).toString("utf8");
  if (checkPolicy(document, signature, key) === null)
    throw fault(
      "signature: expected the pinned key's over version, scope, effective, summary, published_at and the text, found another",
    );
  return { document, signature };
}

async function readText(path: string): Promise<{ readonly text: string } | { readonly code: string }> {
  try {
    const bytes = await readBounded(path, MAX_POLICY_TEXT * 4 + 1);
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    return { code: errorCode(error) ?? "unknown" };
  }
}
