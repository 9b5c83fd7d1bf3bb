/** Which domains a Postfix is the final destination of: its domain lists, whatever they are kept in. */
import { isAbsolute } from "node:path";
import { normaliseDomain } from "../facts.ts";
import { failed, OK, type Outcome } from "../ports/outcome.ts";
import { listTokens } from "./postfix-config.ts";
import { parseTable, readTable, type Table, type TablePlace } from "./postfix-tables.ts";

/** Lists may name files that name files. */
const MAX_NESTING = 5;

export type DomainList = {
  /** Everything the list names itself, host names too, normalised. */
  readonly names: Set<string>;
  /** Tables of addresses in which keys without `@` name domains. */
  readonly shared: Table[];
};

/**
 * Reads a domain list: names, files, and tables whose keys are the domains. A table that is also in
 * `addressTables` is left to those who read its addresses.
 */
export async function readDomainList(
  place: TablePlace,
  value: string,
  addressTables: readonly Table[],
  into: DomainList,
): Promise<Outcome> {
  return readTokens(place, listTokens(value), addressTables, into, 0);
}

async function readTokens(
  place: TablePlace,
  tokens: readonly string[],
  addressTables: readonly Table[],
  into: DomainList,
  nesting: number,
): Promise<Outcome> {
  for (const token of tokens) {
    const outcome = await readToken(place, token, addressTables, into, nesting);
    if (!outcome.ok) return outcome;
  }
  return OK;
}

async function readToken(
  place: TablePlace,
  token: string,
  addressTables: readonly Table[],
  into: DomainList,
  nesting: number,
): Promise<Outcome> {
  // An exclusion takes nothing away that a list of exact names could hold.
  if (token.startsWith("!")) return OK;
  if (isAbsolute(token)) {
    if (nesting >= MAX_NESTING) return failed("malformed");
    const inner: string[] = [];
    const onLine = (line: string): undefined => {
      if (line.trimStart().startsWith("#")) return;
      // One by one: as arguments of one call, a long line's tokens would overflow the stack.
      for (const found of listTokens(line)) inner.push(found);
    };
    const outcome = await place.ports.file.lines(token, onLine, place.signal);
    return outcome.ok ? readTokens(place, inner, addressTables, into, nesting + 1) : outcome;
  }
  const table = parseTable(token);
  if (table === null) {
    const name = normaliseDomain(token);
    if (name !== null) into.names.add(name);
    return OK;
  }
  if (addressTables.some((other) => sameTable(other, table))) {
    into.shared.push(table);
    return OK;
  }
  return readTable(place, table, "map", (key) => {
    const name = key.includes("@") ? null : normaliseDomain(key);
    if (name !== null) into.names.add(name);
    return undefined;
  });
}

export function sameTable(a: Table, b: Table): boolean {
  return a.type === b.type && a.name === b.name;
}

/**
 * Whether a name is a mail domain and not just a name of the host: one of at least two labels,
 * neither `$myhostname` nor one of the names for the machine itself. A server whose mail domain *is*
 * its host name tells of it only where it is a virtual domain too.
 */
export function isMailDomain(name: string, hostname: string | null): boolean {
  if (name === hostname || !name.includes(".")) return false;
  return !/^localhost\.|\.(localhost|localdomain)$|^\d+(\.\d+)*$/.test(name);
}
