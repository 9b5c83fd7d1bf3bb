/** Dovecot's configuration, as its files hold it and `doveconf` prints it (2.3 and 2.4): pure parsing. */

/** Settings by name, and the blocks inside, in order. */
export type Block = {
  readonly type: string;
  readonly name: string;
  readonly settings: Map<string, string>;
  readonly blocks: Block[];
};

/** A userdb or passdb. */
export type UserDatabase = {
  readonly driver: string;
  /** The file of a passwd-file, as it is written; null where none is. */
  readonly path: string | null;
  /** Whether it names whom to refuse, or who may act for others: no mailboxes. */
  readonly aside: boolean;
};

/** The outermost block. */
export type Root = Block & {
  /** Whether each line was one of a configuration. What is read from another text is not to be believed. */
  readonly whole: boolean;
};

/** Longer than any value: what names itself several times over would grow without end. */
const MAX_VALUE = 256 * 1024;

/** Blocks in blocks: more than any configuration has. */
const MAX_DEPTH = 50;

/** What ends the name of a setting or the type of a block. */
const KEY_END = /[\s=]/;

/** No key has these: the text is something else. */
const NO_TEXT = /[\p{Cc}\u{FFFD}]/u;

/**
 * Its lines with those of a block, from a text whose includes are already in it. Lines may be very
 * long: they are cut by hand, since a pattern that fails late tries again from each of many places.
 */
export function parseBlocks(lines: readonly string[]): Root {
  const root = newBlock("", "");
  const open: Block[] = [root];
  const ended = (whole: boolean): Root => ({ ...root, whole });
  for (const raw of joined(lines)) {
    const line = withoutComment(raw).trim();
    const block = open.at(-1) ?? root;
    if (line === "") continue;
    if (line === "}") {
      if (open.length > 1) open.pop();
      continue;
    }
    const { key, rest } = cut(line);
    if (key === "" || NO_TEXT.test(key)) return ended(false);
    if (rest.startsWith("=")) {
      const value = expanded(unquoted(rest.slice(1)), open);
      if (value === null) return ended(false);
      block.settings.set(key, value);
      continue;
    }
    if (line === "{" || !line.endsWith("{") || open.length > MAX_DEPTH) return ended(false);
    const heading = line.slice(0, -1).trim();
    const end = heading.search(/\s/);
    const type = end < 0 ? heading : heading.slice(0, end);
    const inner = newBlock(type, end < 0 ? "" : unquoted(heading.slice(end)));
    block.blocks.push(inner);
    open.push(inner);
  }
  return ended(true);
}

/** The first word of a line, up to a space or an equals sign, and what follows it and its spaces. */
function cut(line: string): { readonly key: string; readonly rest: string } {
  const end = line.search(KEY_END);
  return end < 0 ? { key: line, rest: "" } : { key: line.slice(0, end), rest: line.slice(end).trimStart() };
}

/** The lines that `!include` and `!include_try` are, or null. */
export function includeOf(line: string): { readonly pattern: string; readonly optional: boolean } | null {
  const { key, rest } = cut(line.trim());
  if (rest === "" || rest.startsWith("=") || (key !== "!include" && key !== "!include_try")) return null;
  return { pattern: unquoted(rest), optional: key === "!include_try" };
}

/** Words of a list, written `name = a b` or, from 2.4 on, `name { a = yes }`; null where it isn't set. */
export function wordsOf(block: Block, name: string): string[] | null {
  const value = block.settings.get(name);
  const inner = block.blocks.filter(({ type }) => type === name);
  if (value === undefined && inner.length === 0) return null;
  const listed = inner.flatMap(({ settings }) =>
    [...settings].filter(([, on]) => on === "yes").map(([word]) => word),
  );
  return [...(value ?? "").split(/[\s,]+/).filter((word) => word !== ""), ...listed];
}

/** The user databases of one kind; 2.4 writes `userdb passwd-file { passwd_file_path = … }`. */
export function databasesOf(root: Block, kind: "userdb" | "passdb"): UserDatabase[] {
  return root.blocks
    .filter(({ type }) => type === kind)
    .map(({ name, settings }) => {
      const own = (key: string): string | undefined => settings.get(`${kind}_${key}`) ?? settings.get(key);
      return {
        driver: own("driver") ?? name,
        path: settings.get("passwd_file_path") ?? pathOf(own("args") ?? ""),
        aside: own("deny") === "yes" || own("master") === "yes",
      };
    });
}

/** `scheme=CRYPT username_format=%u /etc/dovecot/users`: what follows the options is the file. */
function pathOf(args: string): string | null {
  const path = args.replace(/^\s*([a-z_]+=\S*\s+)*/, "").trim();
  return path === "" ? null : path;
}

function newBlock(type: string, name: string): Block {
  return { type, name, settings: new Map(), blocks: [] };
}

/** A line that ends with a backslash goes on. */
function joined(lines: readonly string[]): string[] {
  const whole: string[] = [];
  let pending = "";
  for (const line of lines) {
    if (line.endsWith("\\")) {
      pending += `${line.slice(0, -1)} `;
      continue;
    }
    whole.push(pending + line);
    pending = "";
  }
  if (pending !== "") whole.push(pending);
  return whole;
}

function withoutComment(line: string): string {
  let quote = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"' && line.charAt(at - 1) !== "\\") quote = !quote;
    if (character === "#" && !quote && (at === 0 || /\s/.test(line.charAt(at - 1)))) return line.slice(0, at);
  }
  return line;
}

function unquoted(value: string): string {
  const bare = value.trim();
  if (bare.length < 2 || !bare.startsWith('"') || !bare.endsWith('"')) return bare;
  return bare.slice(1, -1).replace(/\\(["\\])/g, "$1");
}

/** `$mail_plugins` is what the setting was so far, here or in a block around this one; null where it is too much. */
function expanded(value: string, open: readonly Block[]): string | null {
  if (!value.includes("$")) return value;
  let added = 0;
  const text = value.replace(/\$([A-Za-z_]\w*)/g, (_, name: string) => {
    const owner = open.findLast(({ settings }) => settings.has(name));
    const earlier = owner?.settings.get(name) ?? "";
    added += earlier.length;
    return added > MAX_VALUE ? "" : earlier;
  });
  return added > MAX_VALUE ? null : text;
}
