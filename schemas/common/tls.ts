/** How agent and collector speak TLS with the broker, and what its failures mean. */
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { errorCode } from "./errors.ts";

/** What the client's `tls` option gets. */
export type ClientTls = {
  readonly caFile?: string;
  readonly checkServerIdentity: typeof checkServerIdentity;
};

/**
 * What the client is told. The client takes no notice of a server's scheme, and goes on in the clear
 * where the server, or somebody in between, offers nothing else: so TLS is asked for here wherever the
 * configuration names it.
 *
 * @param ca a PEM file of authorities to trust; the system's where it isn't given
 */
export function tlsOptions(servers: readonly string[], ca: string | null): { readonly tls?: ClientTls } {
  if (ca === null && !servers.some((server) => /^(tls|wss):/i.test(server))) return {};
  const hosts = servers.map(hostOf);
  return {
    tls: {
      ...(ca === null ? {} : { caFile: ca }),
      checkServerIdentity: (host, certificate) => checkAny(hosts, host, certificate),
    },
  };
}

/**
 * The client gives a server's name, and "localhost" for whatever was named by an address: then the
 * certificate must be for an address that the configuration names.
 */
function checkAny(hosts: readonly string[], host: string, certificate: PeerCertificate): Error | undefined {
  const addresses = hosts.filter((named) => isIP(named) !== 0);
  if (host !== "localhost" || addresses.length === 0) return checkServerIdentity(host, certificate);
  const meant = hosts.includes("localhost") ? [...addresses, "localhost"] : addresses;
  const faults = meant.map((named) => checkServerIdentity(named, certificate));
  return faults.every((fault) => fault !== undefined) ? faults[0] : undefined;
}

function hostOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : null;
  return (url?.hostname ?? "").replace(/^\[(.*)\]$/, "$1");
}

const EXPIRED = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);
const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "INVALID_CA",
  "INVALID_PURPOSE",
]);
const DEPTH = 5;

/** The sentence for a person where the failure is one of TLS, else null. */
export function tlsFault(thrown: unknown): string | null {
  let at: unknown = thrown;
  for (let depth = 0; depth < DEPTH && at instanceof Error; depth++) {
    const code = errorCode(at) ?? "";
    if (EXPIRED.has(code))
      return "The broker's certificate has expired or isn't valid yet: renew it, or set this machine's clock.";
    if (UNTRUSTED.has(code))
      return "The broker's certificate isn't of an authority that is trusted here: name the authority's file as nats.ca, and see who it is that answers.";
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
      return "The broker's certificate is for another name: use in nats.servers a name that is in it, and see who it is that answers.";
    // The client's own words, which have no code.
    if (at.message === "server does not support 'tls'")
      return "The broker that answers speaks no TLS, which nats.servers or nats.ca asks for: give it a certificate, and see who it is that answers. Nothing was sent.";
    at = at.cause;
  }
  return null;
}
