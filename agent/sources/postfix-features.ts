/**
 * Postfix's features from its parameters and services. Absent means: not in the configuration;
 * whether the program could do it is not told. What services override counts, values that refer
 * to other parameters (`-o smtpd_milters=$x`) count as set.
 */
import type { Emit, FeatureName, Reason } from "../facts.ts";
import type { Result } from "../ports/outcome.ts";
import type { ParameterName, Parameters, Service } from "./postfix-config.ts";

const SUBMISSION = /^(.*:)?(submissions?|smtps|ssmtp|587|465)$/;

export function emitFeatures(parameters: Parameters, services: Result<readonly Service[]>, emit: Emit): void {
  const servers = services.ok ? services.value.filter(isServer) : [];
  const told = (feature: FeatureName, inMain: boolean, inServices: boolean): void => {
    if (inMain || inServices) emit({ kind: "feature", feature, state: "enabled" });
    else if (services.ok) emit({ kind: "feature", feature, state: "absent" });
    else unknown(feature, services.reason, emit);
  };
  const main = (name: ParameterName): string => parameters.get(name) ?? "";
  const some = (test: (overrides: Parameters) => boolean): boolean =>
    servers.some(({ overrides }) => test(overrides));

  told(
    "smtp_tls",
    isLevel(main("smtpd_tls_security_level")) ||
      isYes(main("smtpd_use_tls")) ||
      isYes(main("smtpd_enforce_tls")),
    some((own) => isLevel(own.get("smtpd_tls_security_level")) || isYes(own.get("smtpd_tls_wrappermode"))),
  );
  told(
    "smtp_auth",
    isYes(main("smtpd_sasl_auth_enable")),
    some((own) => isYes(own.get("smtpd_sasl_auth_enable"))),
  );
  told(
    "milter",
    main("smtpd_milters") !== "" || main("non_smtpd_milters") !== "",
    some((own) => (own.get("smtpd_milters") ?? "") !== ""),
  );
  told(
    "submission",
    false,
    servers.some(({ name }) => SUBMISSION.test(name)),
  );
  const transports = ["virtual_transport", "mailbox_transport", "local_transport"] as const;
  const lmtp = transports.some((name) => /^lmtp(:|$)/.test(main(name)));
  emit({ kind: "feature", feature: "lmtp", state: lmtp ? "enabled" : "absent" });
}

/** What is told of the features where not even the parameters could be read. */
export function emitUnknownFeatures(reason: Reason, emit: Emit): void {
  for (const feature of ["smtp_tls", "smtp_auth", "milter", "submission", "lmtp"] as const)
    unknown(feature, reason, emit);
}

function unknown(feature: FeatureName, reason: Reason, emit: Emit): void {
  emit({ kind: "unknown", metric: `features.${feature}`, reason });
}

function isServer({ type, program }: Service): boolean {
  return (type === "inet" || type === "pass") && program === "smtpd";
}

function isYes(value: string | undefined): boolean {
  return value?.toLowerCase() === "yes";
}

function isLevel(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "none";
}
