/** Postfix's configuration, from its files or from `postconf`: pure parsing. */

/** Parameters by name, as written (main.cf) or expanded (`postconf -x`). */
export type Parameters = ReadonlyMap<string, string>;

/** A service of master.cf: its name and type, its program, and the parameters that it overrides. */
export type Service = {
  readonly name: string;
  readonly type: string;
  readonly program: string;
  readonly overrides: Parameters;
};

/** Those that are asked for, with the defaults that they have in Postfix 3. */
const DEFAULTS = {
  alias_maps: "hash:/etc/aliases",
  local_transport: "local:$myhostname",
  mailbox_transport: "",
  mydestination: "$myhostname, localhost.$mydomain, localhost",
  myhostname: "",
  non_smtpd_milters: "",
  smtpd_enforce_tls: "no",
  smtpd_milters: "",
  smtpd_sasl_auth_enable: "no",
  smtpd_tls_security_level: "",
  smtpd_use_tls: "no",
  virtual_alias_domains: "$virtual_alias_maps",
  virtual_alias_maps: "$virtual_maps",
  virtual_mailbox_domains: "$virtual_mailbox_maps",
  virtual_mailbox_maps: "",
  virtual_transport: "virtual",
} as const;
export type ParameterName = keyof typeof DEFAULTS;

export const PARAMETER_NAMES = Object.keys(DEFAULTS) as readonly ParameterName[];

/** Lines as Postfix's files join them: one that begins with a space goes on the line before; `#` lines are none. */
export function logicalLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    const last = lines.length - 1;
    if (/^\s/.test(line) && last >= 0) lines[last] = `${lines[last]} ${line.trim()}`;
    else lines.push(line.trim());
  }
  return lines;
}

/** `name = value` lines; the last of a name stands. */
export function parseParameters(lines: readonly string[]): Parameters {
  const found = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([A-Za-z0-9_]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found.set(name, value);
  }
  return found;
}

/**
 * The parameters that are asked for, expanded, from a main.cf in `folder`.
 * @throws {RangeError} where parameters that name others several times over would grow without end
 */
export function expandMainCf(text: string, folder: string): Parameters {
  const written = new Map([...parseParameters(logicalLines(text))]);
  written.set("config_directory", folder);
  const hostname = written.get("myhostname") ?? "";
  const dot = hostname.indexOf(".");
  const implied = new Map<string, string>([
    ...Object.entries(DEFAULTS),
    ["default_database_type", "hash"],
    ["mydomain", dot < 0 ? "localdomain" : hostname.slice(dot + 1)],
    ["myorigin", "$myhostname"],
  ]);
  const value = (name: string): string => written.get(name) ?? implied.get(name) ?? "";
  const budget = { left: MAX_EXPANDED };
  return new Map(PARAMETER_NAMES.map((name) => [name, expand(value(name), value, budget, 0)]));
}

/** Deeper than any real configuration: what refers to itself ends here. */
const MAX_DEPTH = 20;

/** Characters of all values together, those inside others counted again. */
const MAX_EXPANDED = 16 * 1024 * 1024;
/** In characters, what even an empty value costs. */
const COST = 16;

function expand(
  text: string,
  value: (name: string) => string,
  budget: { left: number },
  depth: number,
): string {
  if (depth > MAX_DEPTH) return "";
  budget.left -= COST + text.length;
  if (budget.left < 0) throw new RangeError("too much to expand");
  const again = (inner: string): string => expand(inner, value, budget, depth + 1);
  let out = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) return out + text.slice(at);
    out += text.slice(at, dollar);
    const next = text.charAt(dollar + 1);
    if (next === "$") {
      out += "$";
      at = dollar + 2;
    } else if (next === "{" || next === "(") {
      const end = closing(text, dollar + 1);
      out += conditional(text.slice(dollar + 2, end), value, again);
      at = end + 1;
    } else {
      const name = /^[A-Za-z0-9_]*/.exec(text.slice(dollar + 1))?.[0] ?? "";
      out += again(value(name));
      at = dollar + 1 + name.length;
    }
  }
  return out;
}

/** Inside `${…}`: a name, `name?text`, `name:text` or `name?{text}:{text}`. */
function conditional(
  inner: string,
  value: (name: string) => string,
  again: (text: string) => string,
): string {
  const [, name, operator, rest = ""] = /^\s*([A-Za-z0-9_]+)\s*([?:]?)(.*)$/s.exec(inner) ?? [];
  if (name === undefined) return "";
  const own = again(value(name));
  if (operator === "") return own;
  const [first, second] = branches(rest);
  if (operator === "?") return again(own === "" ? second : first);
  return own === "" ? again(first) : "";
}

function branches(text: string): readonly [string, string] {
  const start = text.trimStart();
  if (!start.startsWith("{")) return [text, ""];
  const end = closing(start, 0);
  const [, other = ""] = /^\s*:\s*(.*)$/s.exec(start.slice(end + 1)) ?? [];
  const second = other.startsWith("{") ? other.slice(1, closing(other, 0)) : other;
  return [start.slice(1, end).trim(), second.trim()];
}

/** Where the bracket at `open` is closed; the end of the text where it isn't. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "{" || character === "(") depth += 1;
    if (character === "}" || character === ")") depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}

/** What commas and spaces separate, outside braces. */
export function listTokens(value: string): string[] {
  const tokens: string[] = [];
  let token = "";
  let depth = 0;
  for (const character of value) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth <= 0 && /[\s,]/.test(character)) {
      if (token !== "") tokens.push(token);
      token = "";
    } else token += character;
  }
  if (token !== "") tokens.push(token);
  return tokens;
}

/** Services from the logical lines of master.cf, or of `postconf -M`. */
export function parseServices(lines: readonly string[]): Service[] {
  return lines.flatMap((line) => {
    const [name, type, , , , , , program, ...args] = line.split(/\s+/);
    if (name === undefined || type === undefined || program === undefined) return [];
    const overrides = [...args.join(" ").matchAll(/-o\s*(?:\{\s*)?([A-Za-z0-9_]+)\s*=\s*([^\s},]*)/g)];
    return [
      {
        name,
        type,
        program,
        overrides: new Map(overrides.map((match) => [match[1] ?? "", match[2] ?? ""])),
      },
    ];
  });
}
