/** The policy that the admin is asked to agree to: until there is a policy service, the built-in one. */
export type Policy = {
  /** Consent is to this version; a new one is asked for anew. */
  readonly version: number;
  /** The numbered set of metrics that it names: all that the dictionary has up to it. */
  readonly scope: number;
};

export const POLICY: Policy = { version: 1, scope: 1 };
