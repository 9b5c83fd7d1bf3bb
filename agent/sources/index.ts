/** The sources that a configuration names. */
import type { SourcesConfig } from "#schemas/generated/config.gen.ts";
import { dovecotSource } from "./dovecot.ts";
import { postfixSource } from "./postfix.ts";
import { roundcubeSource } from "./roundcube.ts";
import type { MailSource } from "./source.ts";

export type { MailSource };

/** @param resolvePath makes a path of the configuration absolute */
export function sourcesOf(
  { postfix, dovecot, roundcube }: SourcesConfig,
  resolvePath: (path: string) => string,
): readonly MailSource[] {
  return [
    ...(postfix === undefined ? [] : [postfixSource(withPaths(postfix, ["config", "bin"], resolvePath))]),
    ...(dovecot === undefined ? [] : [dovecotSource(withPaths(dovecot, ["config", "bin"], resolvePath))]),
    ...(roundcube === undefined ? [] : [roundcubeSource(withPaths(roundcube, ["database"], resolvePath))]),
  ];
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
