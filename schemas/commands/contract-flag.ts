/** The contract that `--vendor FILE` names; the dictionary alone where it isn't given. */
import { BASE_CONTRACT, type Contract, vendorContract } from "../contract.ts";
import { readVendorFile } from "../vendor/read.ts";
import { vendorRelease } from "../vendor/release.ts";

/** @throws MailcensusError `config-invalid` */
export async function contractOfFlag(file: string | undefined): Promise<Contract> {
  return file === undefined ? BASE_CONTRACT : vendorContract(vendorRelease(await readVendorFile(file)));
}
