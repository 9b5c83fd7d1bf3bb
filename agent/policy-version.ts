/** The policy that the admin is asked to agree to: until there is a policy service, the built-in one. */
export const POLICY = {
  /** Consent is to this version; a new one is asked for anew. */
  version: 1,
  /** The numbered set of metrics that it names. */
  scope: 1,
} as const;

/** The dictionary release that reports are made in. */
export const SCHEMA_RELEASE = 1;
