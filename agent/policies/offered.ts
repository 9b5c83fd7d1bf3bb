/** The policy that may be agreed to now. */
import type { LoadedConfig } from "#schemas/common/config.ts";
import type { Contract } from "#schemas/contract.ts";
import { newestOf, type Offered, type Policy } from "../policy-version.ts";
import { type KeptPolicy, type Policies, parseKept } from "./kept.ts";
import { type VendorDocument, vendorPolicy } from "./vendor.ts";

/** @throws MailcensusError `config-invalid` where the vendor's file's policy isn't one, `state-unreadable` */
export async function offeredPolicy(
  policies: Policies,
  builtIn: Policy,
  config: LoadedConfig,
  contract: Contract,
): Promise<Offered> {
  const kept = await policies.policies();
  const vendor = await vendorPolicy(config, contract);
  const said = vendor === null ? null : parseKept(Buffer.from(vendor.document, "utf8"));
  const given = [
    ...kept.map(({ said: { kind: _, ...policy }, meta }) => ({ from: from(meta), ...policy })),
    ...(vendor === null || said?.kind !== "policy" ? [] : [textOf(said, vendor)]),
  ];
  return newestOf(builtIn, given, contract.newestScope);
}

function textOf({ kind: _, ...policy }: KeptPolicy, vendor: VendorDocument) {
  return { from: from(vendor), ...policy };
}

/** Who vouches for it. */
function from({ signature }: { readonly signature: string | null }): "vendor" | "collector" {
  return signature === null ? "vendor" : "collector";
}

/** Keeps what the vendor's file says, as it keeps what is fetched. @param mail whether the admin is to be told */
export async function keepVendorPolicy(
  policies: Policies,
  config: LoadedConfig,
  contract: Contract,
  mail: "none" | "due",
  at: string,
): Promise<void> {
  const vendor = await vendorPolicy(config, contract);
  if (vendor !== null) await policies.keep(vendor.document, vendor.signature, { mail, read_at: null }, at);
}
