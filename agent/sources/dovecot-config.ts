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

/** Its lines with those of a block, from a text whose includes are already in it. */
export function parseBlocks(lines: readonly string[]): Block {
  const root = newBlock("", "");
  const open: Block[] = [root];
  for (const raw of joined(lines)) {
    const line = withoutComment(raw).trim();
    const block = open.at(-1) ?? root;
    if (line === "") continue;
    if (line === "}") {
      if (open.length > 1) open.pop();
      continue;
    }
    const [, type, name = ""] = /^(\S+)(?:\s+(.*?))?\s*\{$/.exec(line) ?? [];
    if (type !== undefined) {
      const inner = newBlock(type, unquoted(name));
      block.blocks.push(inner);
      open.push(inner);
      continue;
    }
    const [, key, value] = /^([^\s=]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) block.settings.set(key, expanded(unquoted(value), open));
  }
  return root;
}

/** The lines that `!include` and `!include_try` are, or null. */
export function includeOf(line: string): { readonly pattern: string; readonly optional: boolean } | null {
  const [, optional, pattern] = /^\s*!include(_try)?\s+(\S.*?)\s*$/.exec(line) ?? [];
  return pattern === undefined ? null : { pattern: unquoted(pattern), optional: optional !== undefined };
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
  const [, inner] = /^"(.*)"$/s.exec(value.trim()) ?? [];
  return inner === undefined ? value.trim() : inner.replace(/\\(["\\])/g, "$1");
}

/** `$mail_plugins` is what the setting was so far, here or in a block around this one. */
function expanded(value: string, open: readonly Block[]): string {
  if (!value.includes("$")) return value;
  return value.replace(/\$([A-Za-z_]\w*)/g, (_, name: string) => {
    const owner = open.findLast(({ settings }) => settings.has(name));
    return owner?.settings.get(name) ?? "";
  });
}
