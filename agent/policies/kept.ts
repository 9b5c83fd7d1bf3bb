/**
 * What the agent keeps of policies and notices: the exact text that was signed, and whether the admin was
 * told. It was checked when it came; what is in the folder then belongs to whoever can read the key.
 */
import { ERRORS, type ErrorCode } from "#schemas/common/errors.ts";
import { sha256 } from "#schemas/envelope.ts";
import { PairFolder } from "../pairs.ts";
import type { PolicyText } from "../policy-version.ts";
import { type Fields, isCount, isText, isTextOrNull, oneOf, type StatePaths } from "../state.ts";

export type KeptPolicy = PolicyText & { readonly kind: "policy" };
export type KeptNotice = {
  readonly kind: "notice";
  readonly number: number;
  readonly about: "breach" | "other";
  readonly summary: string;
  readonly text: string;
  readonly published_at: string;
};
export type KeptText = KeptPolicy | KeptNotice;

export type KeptMeta = {
  readonly version: 1;
  readonly sha256: string;
  /** The collector's; null of a policy in a vendor's file that isn't signed. */
  readonly signature: string | null;
  readonly kept_at: string;
  /** By mail: not to be told; still to be; told. */
  readonly mail: "none" | "due" | "mailed";
  readonly mailed_at: string | null;
  /** When the admin said that they have read it. */
  readonly read_at: string | null;
  /** Attempts to mail it that failed. */
  readonly failures: number;
  readonly failing_since: string | null;
  readonly error: ErrorCode | null;
  readonly next_attempt_at: string | null;
};

export type Kept<Text extends KeptText = KeptText> = {
  readonly name: string;
  readonly said: Text;
  readonly meta: KeptMeta;
};

/** Whether the admin is still to be told of it. */
export type Telling = Pick<KeptMeta, "mail" | "read_at">;

/** So many notices are kept; beyond, the oldest that were read go. */
const MOST_NOTICES = 64;

export class Policies {
  readonly #pairs: PairFolder<KeptMeta>;

  constructor(paths: StatePaths) {
    this.#pairs = new PairFolder(paths.policies, parseKeptMeta, async (bytes) => parseKept(bytes) !== null);
  }

  /** Those that are as they were written, ascending; a damaged one is fetched again. */
  async policies(): Promise<Kept<KeptPolicy>[]> {
    return (await this.#all()).filter((kept): kept is Kept<KeptPolicy> => kept.said.kind === "policy");
  }

  async notices(): Promise<Kept<KeptNotice>[]> {
    return (await this.#all()).filter((kept): kept is Kept<KeptNotice> => kept.said.kind === "notice");
  }

  async get(version: number): Promise<KeptPolicy | null> {
    return (await this.policies()).find(({ said }) => said.version === version)?.said ?? null;
  }

  /**
   * Keeps what isn't kept yet. What was once told isn't told again, also where the text was damaged.
   * @param document the exact text that the signature is over
   * @returns whether it was new
   */
  async keep(document: string, signature: string | null, telling: Telling, at: string): Promise<boolean> {
    const bytes = Buffer.from(document, "utf8");
    const said = parseKept(bytes);
    if (said === null) return false;
    const name = nameOf(said);
    if ((await this.#pairs.whole(name)) !== null) return false;
    const before = await this.#pairs.wholeMeta(name);
    const { mail, mailed_at, read_at } = before ?? { ...telling, mailed_at: null };
    const none = { failures: 0, failing_since: null, error: null, next_attempt_at: null };
    await this.#pairs.put(name, bytes, {
      version: 1,
      sha256: sha256(bytes).toString("hex"),
      signature,
      kept_at: at,
      mail,
      mailed_at,
      read_at,
      ...none,
    });
    return true;
  }

  update({ name, meta }: Pick<Kept, "name" | "meta">, change: Partial<KeptMeta>): Promise<void> {
    return this.#pairs.update(name, { ...meta, ...change });
  }

  /** Puts in order what a crash left, and forgets the oldest of many notices. */
  async tidy(): Promise<void> {
    await this.#pairs.sweep();
    const notices = await this.notices();
    // The newest one stays in any case: by its number the collector knows what is newer.
    for (const { name, meta } of notices.slice(0, Math.max(0, notices.length - MOST_NOTICES)))
      if (meta.read_at !== null) await this.#pairs.remove(name);
  }

  async #all(): Promise<Kept[]> {
    const found: Kept[] = [];
    for (const { name, bytes, meta } of await this.#pairs.pairs()) {
      const said = parseKept(bytes);
      if (said !== null) found.push({ name, said, meta });
    }
    return found;
  }
}

/** Ascends as the numbers do. */
function nameOf(said: KeptText): string {
  return said.kind === "policy"
    ? `policy-${String(said.version).padStart(4, "0")}`
    : `notice-${String(said.number).padStart(6, "0")}`;
}

/** A document of the collector's, or the same without who signed it: what a vendor's file says. */
export function parseKept(bytes: Buffer): KeptText | null {
  let value: Fields;
  try {
    value = JSON.parse(bytes.toString("utf8")) as Fields;
  } catch {
    return null;
  }
  const { version, scope, effective, number, published_at, summary, text } = value;
  if (!isText(summary) || !isText(text)) return null;
  switch (oneOf(["policy", "notice"], value["kind"])) {
    case "policy":
      return isCount(version) && isCount(scope) && isText(effective)
        ? { kind: "policy", version, scope, effective, summary, text }
        : null;
    case "notice": {
      const about = oneOf(["breach", "other"], value["about"]);
      return isCount(number) && about !== null && isText(published_at)
        ? { kind: "notice", number, about, summary, text, published_at }
        : null;
    }
    default:
      return null;
  }
}

function parseKeptMeta(fields: Fields): KeptMeta | null {
  const { version, sha256: hash, signature, kept_at, mailed_at, read_at, failures } = fields;
  const { failing_since, next_attempt_at } = fields;
  const mail = oneOf(["none", "due", "mailed"], fields["mail"]);
  const error = fields["error"] === null ? null : oneOf(Object.keys(ERRORS) as ErrorCode[], fields["error"]);
  if (version !== 1 || !isText(hash) || !isTextOrNull(signature) || !isText(kept_at) || mail === null)
    return null;
  if (!isTextOrNull(mailed_at) || !isTextOrNull(read_at) || !isCount(failures)) return null;
  if (!isTextOrNull(failing_since) || !isTextOrNull(next_attempt_at)) return null;
  return {
    version,
    sha256: hash,
    signature,
    kept_at,
    mail,
    mailed_at,
    read_at,
    failures,
    failing_since,
    error,
    next_attempt_at,
  };
}
