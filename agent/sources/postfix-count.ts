/**
 * Counts a Postfix's domains, mailboxes, aliases and lists, table by table, each entry once.
 *
 * Rules, and what they do to the figures:
 * - An address counts in the domain after its last `@`. A key without `@` is an address of the local
 *   domains (`mydestination`): it counts in that domain where there is just one, else in none.
 * - A key `some.name` without `@` may be a domain (`domain anything`) or a local part: it is a domain
 *   only where an address of that domain was seen too. So a table is read again where it has any.
 * - Local aliases (`alias_maps`) count only where there is a local mail domain: otherwise they are
 *   the host's own plumbing, such as `postmaster` and `daemon`.
 * - A list is an alias in `alias_maps` that expands `:include:`; `owner-…` and `…-request` are aliases.
 *   A virtual alias whose one target is such a name is that list, in that domain, and no alias.
 * - An alias to itself, as some admin tools write for every mailbox, leads nowhere else: not counted.
 * - Users of the system (`passwd`) are in no table: with a local mail domain, mailboxes are unsupported.
 */
import {
  domainOfAddress,
  domainReader,
  type Emit,
  METRIC_OF,
  normaliseDomain,
  type Quantity,
} from "../facts.ts";
import { failed, OK, type Outcome } from "../ports/outcome.ts";
import { listTokens, type ParameterName, type Parameters } from "./postfix-config.ts";
import { type DomainList, isMailDomain, readDomainList, sameTable } from "./postfix-domains.ts";
import type { OnEntry } from "./postfix-entries.ts";
import { parseTable, readTable, type Table, type TablePlace } from "./postfix-tables.ts";

/**
 * Names of lists are kept in memory while a virtual alias may yet lead to one: identifiers of lists
 * and of nobody, and bounded. They are never told.
 */
const MAX_LIST_NAMES = 100_000;

export async function countPostfix(place: TablePlace, parameters: Parameters, emit: Emit): Promise<void> {
  const counter = new PostfixCounter(place, parameters, emit);
  await counter.count();
}

class PostfixCounter {
  readonly #place: TablePlace;
  readonly #parameters: Parameters;
  readonly #emit: Emit;
  readonly #domainOf = domainReader();
  readonly #hostname: string | null;
  /** Domains that have been told. */
  readonly #domains = new Set<string>();
  /** Domains of which an address was seen. */
  readonly #addressed = new Set<string>();
  readonly #localNames = new Set<string>();
  /** Lists by their local name, and whether a virtual alias leads there. */
  readonly #lists = new Map<string, boolean>();
  #localDomain: string | null = null;
  #hasLocalDomain = false;
  #localAliases = 0;

  constructor(place: TablePlace, parameters: Parameters, emit: Emit) {
    this.#place = place;
    this.#parameters = parameters;
    this.#emit = emit;
    this.#hostname = normaliseDomain(this.#value("myhostname"));
  }

  async count(): Promise<void> {
    const aliasTables = this.#tables("virtual_alias_maps");
    const mailboxTables = this.#tables("virtual_mailbox_maps");
    const addressTables = [...(aliasTables ?? []), ...(mailboxTables ?? [])];

    const local = await this.#readLocalDomains(addressTables);
    const names = await this.#readLocalAliases();
    const virtual = { names: new Set<string>(), shared: [] } satisfies DomainList;
    const lists = await this.#readVirtualDomains(addressTables, virtual);
    const aliases = await this.#readAddresses(aliasTables, virtual.shared, this.#alias);
    const mailboxes = await this.#readAddresses(mailboxTables, virtual.shared, this.#mailbox);
    const aliasMarkers = await this.#readMarkers(aliases, virtual.shared, this.#localAlias);
    const mailboxMarkers = await this.#readMarkers(mailboxes, virtual.shared, this.#localMailbox);

    for (const [, led] of this.#lists) if (!led) this.#emit({ kind: "list", domain: this.#localDomain });
    if (this.#hasLocalDomain) for (let n = 0; n < this.#localAliases; n++) this.#localAlias();

    // A table of addresses in a domain list has domains in its keys.
    const shared = virtual.shared.length > 0 ? [aliasMarkers, mailboxMarkers] : [];
    this.#close("domains", [local, lists, ...shared]);
    // Local names count among the aliases only with a local domain; but lists always are in them.
    this.#close("aliases", [aliasMarkers, ...(this.#hasLocalDomain ? [local, names] : [])]);
    this.#close("lists", [names, aliasMarkers]);
    this.#close("mailboxes", [this.#hasUntabled() ? failed("unsupported") : OK, mailboxMarkers]);
  }

  /** Mailboxes that are in no table: users of the system, or domains that take any address. */
  #hasUntabled(): boolean {
    const untabled = listTokens(this.#value("virtual_mailbox_maps")).length === 0;
    const domains = listTokens(this.#value("virtual_mailbox_domains")).length > 0;
    return this.#hasLocalDomain || (untabled && domains);
  }

  async #readLocalDomains(addressTables: readonly Table[]): Promise<Outcome> {
    const found: DomainList = { names: this.#localNames, shared: [] };
    const outcome = await readDomainList(this.#place, this.#value("mydestination"), addressTables, found);
    const domains = [...found.names].filter((name) => isMailDomain(name, this.#hostname));
    for (const domain of domains) this.#tell(domain);
    this.#hasLocalDomain = domains.length > 0;
    this.#localDomain = domains.length === 1 ? (domains[0] ?? null) : null;
    return outcome;
  }

  async #readVirtualDomains(addressTables: readonly Table[], into: DomainList): Promise<Outcome> {
    const parameters = ["virtual_mailbox_domains", "virtual_alias_domains"] as const;
    const outcomes: Outcome[] = [];
    for (const name of parameters)
      outcomes.push(await readDomainList(this.#place, this.#value(name), addressTables, into));
    for (const name of into.names) if (isMailDomain(name, null)) this.#tell(name);
    return worst(outcomes);
  }

  async #readLocalAliases(): Promise<Outcome> {
    const tables = this.#tables("alias_maps");
    if (tables === null) return failed("unsupported");
    return this.#readAll(tables, "aliases", (key, value) => {
      if (/(^|,)\s*"?:include:/i.test(value) && !/^owner-|-(owner|request)$/i.test(key)) {
        this.#lists.set(key.toLowerCase(), false);
        return this.#lists.size > MAX_LIST_NAMES ? "unsupported" : undefined;
      }
      // Programs and files are no addresses.
      if (!/^"?[|/]/.test(value)) this.#localAliases += 1;
      return undefined;
    });
  }

  /** First reading: addresses. How many keys could be domains or local names is returned by table. */
  async #readAddresses(
    tables: readonly Table[] | null,
    shared: readonly Table[],
    tell: (domain: string | null, key: string, value: string) => void,
  ): Promise<Addresses> {
    if (tables === null) return { outcome: failed("unsupported"), bare: [] };
    const bare: Table[] = [];
    for (const table of tables) {
      let dotted = 0;
      const isShared = shared.some((other) => sameTable(other, table));
      const outcome = await readTable(this.#place, table, "map", (key, value) => {
        const at = key.lastIndexOf("@");
        if (at < 0) {
          if (key.includes(".")) dotted += 1;
          else tell(this.#localDomain, key, value);
          return undefined;
        }
        const domain = this.#domainOf(key.slice(at + 1));
        if (domain !== null) this.#addressed.add(domain);
        tell(domain, key, value);
        return undefined;
      });
      if (!outcome.ok) return { outcome, bare };
      if (dotted > 0 || isShared) bare.push(table);
    }
    return { outcome: OK, bare };
  }

  /** Second reading, of tables that have such keys: now that all domains are known. */
  async #readMarkers(
    { outcome, bare }: Addresses,
    shared: readonly Table[],
    tellLocal: () => void,
  ): Promise<Outcome> {
    if (!outcome.ok) return outcome;
    for (const table of bare) {
      const isShared = shared.some((other) => sameTable(other, table));
      const read = await readTable(this.#place, table, "map", (key) => {
        if (key.includes("@") || !key.includes(".")) return undefined;
        const name = this.#domainOf(key);
        const known = name !== null && (this.#addressed.has(name) || this.#domains.has(name));
        if (!known) tellLocal();
        else if (isShared) this.#tell(name);
        return undefined;
      });
      if (!read.ok) return read;
    }
    return OK;
  }

  readonly #alias = (domain: string | null, key: string, value: string): void => {
    const target = value.trim().toLowerCase();
    const list = this.#listOf(target);
    if (list !== null) {
      this.#lists.set(list, true);
      this.#emit({ kind: "list", domain });
    } else if (target !== key.toLowerCase()) this.#emit({ kind: "alias", domain });
  };

  readonly #mailbox = (domain: string | null): void => this.#emit({ kind: "mailbox", domain });
  readonly #localAlias = (): void => this.#emit({ kind: "alias", domain: this.#localDomain });
  readonly #localMailbox = (): void => this.#emit({ kind: "mailbox", domain: this.#localDomain });

  /** The list that a target names, alone or with one of the host's own domains. */
  #listOf(target: string): string | null {
    if (this.#lists.size === 0) return null;
    const at = target.lastIndexOf("@");
    const name = at < 0 ? target : target.slice(0, at);
    if (!this.#lists.has(name)) return null;
    const domain = domainOfAddress(target);
    return at < 0 || (domain !== null && this.#localNames.has(domain)) ? name : null;
  }

  #tell(domain: string): void {
    if (this.#domains.has(domain)) return;
    this.#domains.add(domain);
    this.#emit({ kind: "domain", domain });
  }

  async #readAll(tables: readonly Table[], format: "aliases", onEntry: OnEntry): Promise<Outcome> {
    for (const table of tables) {
      const outcome = await readTable(this.#place, table, format, onEntry);
      if (!outcome.ok) return outcome;
    }
    return OK;
  }

  #close(quantity: Quantity, outcomes: readonly Outcome[]): void {
    const outcome = worst(outcomes);
    if (outcome.ok) this.#emit({ kind: "counted", quantity });
    else this.#emit({ kind: "unknown", metric: METRIC_OF[quantity], reason: outcome.reason });
  }

  #value(name: ParameterName): string {
    return (this.#parameters.get(name) ?? "").trim();
  }

  /** null where one of them isn't a table that could be read. A table named twice is one. */
  #tables(name: ParameterName): readonly Table[] | null {
    const found: Table[] = [];
    for (const token of listTokens(this.#value(name))) {
      const table = parseTable(token);
      if (table === null) return null;
      if (!found.some((other) => sameTable(other, table))) found.push(table);
    }
    return found;
  }
}

type Addresses = { readonly outcome: Outcome; readonly bare: readonly Table[] };

function worst(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find(({ ok }) => !ok) ?? OK;
}
