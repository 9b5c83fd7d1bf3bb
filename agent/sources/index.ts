/** The sources that a configuration names. */
import type { Contract } from "#schemas/contract.ts";
import type { SourcesConfig } from "#schemas/generated/config.gen.ts";
import { dovecotSource } from "./dovecot.ts";
import { postfixSource } from "./postfix.ts";
import { roundcubeSource } from "./roundcube.ts";
import type { MailSource } from "./source.ts";
import { type VendorPlace, vendorSource } from "./vendor.ts";

export type { MailSource };

/** @param resolvePath makes a path of the configuration absolute */
export function sourcesOf(
  { postfix, dovecot, roundcube }: SourcesConfig,
  resolvePath: (path: string) => string,
  { vendor, entries }: Contract,
): readonly MailSource[] {
  const added = entries.filter(({ place }) => place.keys[0] === "vendor");
  return [
    ...(postfix === undefined ? [] : [postfixSource(withPaths(postfix, ["config", "bin"], resolvePath))]),
    ...(dovecot === undefined ? [] : [dovecotSource(withPaths(dovecot, ["config", "bin"], resolvePath))]),
    ...(roundcube === undefined ? [] : [roundcubeSource(withPaths(roundcube, ["database"], resolvePath))]),
    ...(vendor?.source === undefined
      ? []
      : [vendorSource(vendor, added, resolvedPlace(vendor.source, resolvePath))]),
  ];
}

/** A program by its bare name would be looked for on PATH: only a path is started. */
function resolvedPlace({ file, command }: VendorPlace, resolvePath: (path: string) => string): VendorPlace {
  const [program, ...args] = command ?? [];
  return {
    ...(file === undefined ? {} : { file: resolvePath(file) }),
    ...(program === undefined ? {} : { command: [resolvePath(program), ...args] }),
  };
}

function withPaths<T extends object>(
  section: T,
  keys: readonly (keyof T)[],
  resolvePath: (path: string) => string,
): T {
  const resolved = { ...section };
  for (const key of keys) {
    const path = section[key];
    if (typeof path === "string") resolved[key] = resolvePath(path) as T[keyof T];
  }
  return resolved;
}
