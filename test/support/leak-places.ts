/**
 * Finds the places in a source text at which something could leave the process: by the parser's tree,
 * not by words. Whatever a module gives that isn't known to be harmless counts, so that a new package
 * or a new way of writing is found too.
 */
import { parseSync } from "vite";

/** How often each primitive stands in a file: `process.stderr`, `node:net connect`, `.sendMail()`. */
export type Places = ReadonlyMap<string, number>;

type Node = { readonly type: string; readonly [key: string]: unknown };

/** Modules that only reckon. */
const HARMLESS =
  /^(node:(assert|buffer|crypto|events|os|path|perf_hooks|string_decoder|timers|timers\/promises|url|util|zlib)|@eslint-community\/regexpp|@nats-io\/nkeys|ajv(\/.*)?|refa|smol-toml)$/;
const FILE_MODULES = /^(node:)?fs(\/promises)?$/;
/** Of the file system: what reads, and what removes. */
const READING = new Set(
  `access accessSync constants createReadStream existsSync glob globSync lstat lstatSync opendir readFile readFileSync
  readdir readdirSync readlink realpath realpathSync rm rmSync rmdir stat statSync statfs unlink unlinkSync`.split(
    /\s+/,
  ),
);
/** Methods that hand bytes on, whatever they belong to. */
const METHODS = new Set(
  `ack appendFile ask debug emitWarning end error exec execute executeTakeFirst executeTakeFirstOrThrow fatal header headers info
  log nak publish request respond send sendMail setHeader tell term trace warn working write writeFile writeHead writev
  fetch connect listen`.split(/\s+/),
);
/** The project's own functions that write for others. */
const WRITERS = new Set("ask tell write writeAtomic writeDocument writeJson writeLines writeNew".split(" "));
const GLOBALS = new Set(
  "console fetch WebSocket EventSource XMLHttpRequest BroadcastChannel navigator eval Function globalThis global require".split(
    " ",
  ),
);
const PROCESS_READS = new Set(
  "argv arch cwd env execPath exit exitCode getuid kill memoryUsage off on once pid platform stdin version versions uptime hrtime".split(
    " ",
  ),
);

export type ScanOptions = {
  /** Whether texts made for errors count: where what is read is at hand. */
  readonly errorTexts: boolean;
};

export function placesOf(file: string, text: string, { errorTexts }: ScanOptions): Places {
  const { program, errors } = parseSync(file, text) as unknown as {
    program: Node;
    errors: readonly unknown[];
  };
  if (errors.length > 0) throw new SyntaxError(`${file} can't be parsed`);
  const found = new Map<string, number>();
  const add = (primitive: string): void => void found.set(primitive, (found.get(primitive) ?? 0) + 1);
  const imported = importsOf(program);
  visit(program, null, (node, parent) => {
    switch (node.type) {
      case "Identifier":
        reference(node, parent, imported, add);
        break;
      case "CallExpression":
        call(node, imported, add);
        break;
      case "ImportExpression":
        dynamicImport(node, add);
        break;
      case "NewExpression":
        if (errorTexts && isError(node) && !isPlain(node)) add("error text");
        break;
      case "ThrowStatement":
        if (errorTexts && (node["argument"] as Node).type !== "NewExpression") add("throw");
        break;
      default:
    }
  });
  return found;
}

type Imported = ReadonlyMap<string, { readonly module: string; readonly name: string }>;

/** Values by their local name, and where they are from; the project's own aside. */
function importsOf(program: Node): Imported {
  const imported = new Map<string, { module: string; name: string }>();
  for (const statement of program["body"] as Node[]) {
    const source = (statement["source"] as Node | null | undefined)?.["value"];
    if (
      statement.type !== "ImportDeclaration" ||
      statement["importKind"] === "type" ||
      typeof source !== "string"
    )
      continue;
    for (const specifier of statement["specifiers"] as Node[]) {
      if (specifier["importKind"] === "type") continue;
      const name = nameOf(specifier["imported"] as Node | undefined) ?? "*";
      imported.set(nameOf(specifier["local"] as Node) ?? "", { module: source, name });
    }
  }
  return imported;
}

function isExit({ module, name }: { readonly module: string; readonly name: string }): boolean {
  if (module.startsWith(".") || module.startsWith("#") || HARMLESS.test(module)) return false;
  return !(FILE_MODULES.test(module) && READING.has(name));
}

/** A name in an expression: one that was imported from where something can leave, or one that is everywhere. */
function reference(
  node: Node,
  parent: Node | null,
  imported: Imported,
  add: (primitive: string) => void,
): void {
  const name = nameOf(node) ?? "";
  if (parent === null || isDeclared(node, parent)) return;
  const from = imported.get(name);
  if (from !== undefined) {
    if (isExit(from) && !isReadingOpen(from.name, node, parent)) add(`${from.module} ${from.name}`);
  } else if (GLOBALS.has(name)) add(name);
  else if (name === "process") {
    const member =
      parent.type === "MemberExpression" && parent["computed"] !== true
        ? nameOf(parent["property"] as Node)
        : undefined;
    if (member === undefined) add("process");
    else if (!PROCESS_READS.has(member)) add(`process.${member}`);
  }
}

/** Whether a name stands where it is no value: a key, a member's name, part of an import or of a type. */
function isDeclared(node: Node, parent: Node): boolean {
  if (/^(Import|Export).*Specifier$/.test(parent.type) || parent.type.startsWith("TS")) return true;
  if (parent.type === "MemberExpression") return parent["property"] === node && parent["computed"] !== true;
  if (parent.type === "Property")
    return parent["key"] === node && parent["computed"] !== true && parent["shorthand"] !== true;
  return /^(Method|Property)Definition$/.test(parent.type) && parent["key"] === node;
}

/** `open(path)`, `open(path, "r")`, `open(path, constants.O_RDONLY)` */
function isReadingOpen(name: string, node: Node, parent: Node): boolean {
  if (
    (name !== "open" && name !== "openSync") ||
    parent.type !== "CallExpression" ||
    parent["callee"] !== node
  )
    return false;
  const mode = (parent["arguments"] as Node[])[1];
  if (mode === undefined || mode["value"] === "r") return true;
  return mode.type === "MemberExpression" && nameOf(mode["property"] as Node) === "O_RDONLY";
}

function call(node: Node, imported: Imported, add: (primitive: string) => void): void {
  const callee = node["callee"] as Node;
  const name = nameOf(callee);
  if (name !== undefined) {
    if (WRITERS.has(name) && !isExit(imported.get(name) ?? { module: "#", name })) add(`${name}()`);
    return;
  }
  if (callee.type !== "MemberExpression" || isPattern(callee["object"] as Node)) return;
  const property = callee["property"] as Node;
  const method = callee["computed"] === true ? property["value"] : nameOf(property);
  const isEmptyEnd = method === "end" && (node["arguments"] as Node[]).length === 0;
  if (typeof method === "string" && METHODS.has(method) && !isEmptyEnd) add(`.${method}()`);
  // A statement that is prepared is run; other things that run are sought by their modules.
  else if (method === "run" && nameOf(callee["object"] as Node) !== "process") add(".run()");
}

/** Of `.exec()`: a regular expression, as it is or by a constant's name. */
function isPattern(object: Node): boolean {
  return object["regex"] !== undefined || /^[A-Z][A-Z0-9_]+$/.test(nameOf(object) ?? "");
}

function dynamicImport(node: Node, add: (primitive: string) => void): void {
  const module = (node["source"] as Node)["value"];
  if (typeof module !== "string") add("import()");
  else if (isExit({ module, name: "*" })) add(`${module} *`);
}

function isError(node: Node): boolean {
  return /Error$/.test(nameOf(node["callee"] as Node) ?? "");
}

/** Whether all that an error is given, its cause aside, is written out. */
function isPlain(node: Node): boolean {
  return (node["arguments"] as Node[]).every(
    (argument) =>
      argument.type === "Literal" ||
      argument.type === "ObjectExpression" ||
      (argument.type === "TemplateLiteral" && (argument["expressions"] as Node[]).length === 0),
  );
}

function nameOf(node: Node | undefined): string | undefined {
  return node?.type === "Identifier" && typeof node["name"] === "string" ? node["name"] : undefined;
}

function visit(node: Node, parent: Node | null, look: (node: Node, parent: Node | null) => void): void {
  look(node, parent);
  // Types say nothing at run time.
  if (/^TS(Type|Interface|Union|Literal|Function|Mapped|Conditional|Indexed|Array|Tuple)/.test(node.type))
    return;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child === "object" && child !== null && typeof (child as Node).type === "string")
        visit(child as Node, node, look);
  }
}
