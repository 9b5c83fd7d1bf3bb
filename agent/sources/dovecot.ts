/**
 * Dovecot: the IMAP server. Its mailboxes are the entries of its passwd-files, read as they are:
 * asking Dovecot itself to list its users can end half-way, and can disturb the server. A user in two
 * files counts twice; entries that may not log in count as well.
 */
import { resolve } from "node:path";
import type { DovecotConfig } from "#schemas/generated/config.gen.ts";
import { domainReader, type Emit, type FeatureName, METRIC_OF, normaliseDomain } from "../facts.ts";
import { REPLACEMENT } from "../ports/lines.ts";
import { failed, OK, type Outcome, type Result } from "../ports/outcome.ts";
import type { UserDatabase } from "./dovecot-config.ts";
import { type DovecotSettings, readSettings } from "./dovecot-settings.ts";
import type { MailSource, SourceContext } from "./source.ts";

const DEFAULT_FILE = "/etc/dovecot/dovecot.conf";

/** How the configuration shows a feature; what it doesn't show is absent, installed or not. */
const FEATURES = {
  imap: ({ protocols }) => protocols.includes("imap"),
  pop3: ({ protocols }) => protocols.includes("pop3"),
  lmtp: ({ protocols }) => protocols.includes("lmtp"),
  managesieve: ({ protocols }) => protocols.includes("sieve"),
  submission: ({ protocols }) => protocols.includes("submission"),
  acl: ({ plugins }) => plugins.includes("acl"),
  fts: ({ plugins }) => plugins.some((plugin) => plugin.startsWith("fts")),
  push_notification: ({ plugins }) => plugins.includes("push_notification"),
  quota: ({ plugins }) => plugins.includes("quota"),
  // Scripts run where mail is delivered.
  sieve: ({ deliveryPlugins }) => deliveryPlugins.includes("sieve"),
} as const satisfies Partial<Record<FeatureName, (settings: DovecotSettings) => boolean>>;

/** @param config paths in it relative to the working folder */
export function dovecotSource(config: DovecotConfig): MailSource {
  return { name: "dovecot", role: "imap", read: (context) => read(config, context) };
}

async function read(config: DovecotConfig, context: SourceContext): Promise<void> {
  const { ports, emit, signal } = context;
  const settings = await readSettings(config, resolve(config.config ?? DEFAULT_FILE), ports, signal);
  const features = Object.entries(FEATURES) as [FeatureName, (settings: DovecotSettings) => boolean][];
  if (!settings.ok) {
    const { reason } = settings;
    emit({ kind: "unknown", metric: "components", reason });
    for (const [feature] of features) emit({ kind: "unknown", metric: `features.${feature}`, reason });
    return close(failed(reason), emit);
  }
  const { version } = settings.value;
  emit({ kind: "component", role: "imap", name: "dovecot", ...(version === undefined ? {} : { version }) });
  for (const [feature, isOn] of features)
    emit({ kind: "feature", feature, state: isOn(settings.value) ? "enabled" : "absent" });
  close(await countMailboxes(settings.value, context), emit);
}

function close(outcome: Outcome, emit: Emit): void {
  for (const quantity of ["mailboxes", "domains"] as const) {
    if (outcome.ok) emit({ kind: "counted", quantity });
    else emit({ kind: "unknown", metric: METRIC_OF[quantity], reason: outcome.reason });
  }
}

async function countMailboxes(
  settings: DovecotSettings,
  { ports, emit, signal }: SourceContext,
): Promise<Outcome> {
  const paths = passwdFiles(settings);
  if (!paths.ok) return paths;
  const domainOf = domainReader();
  const told = new Set<string>();
  const realm = normaliseDomain(settings.realm);
  for (const path of paths.value) {
    const outcome = await ports.file.lines(
      path,
      (line) => {
        const user = userOf(line);
        if (user === null) return undefined;
        if (user.includes(REPLACEMENT)) return "malformed";
        const at = user.lastIndexOf("@");
        const domain = at < 0 ? realm : domainOf(user.slice(at + 1));
        if (domain !== null && !told.has(domain)) {
          told.add(domain);
          emit({ kind: "domain", domain });
        }
        emit({ kind: "mailbox", domain });
        return undefined;
      },
      signal,
    );
    if (!outcome.ok) return outcome;
  }
  return OK;
}

/** The user of a passwd-file's line; null where the line has none. Nothing after it is looked at. */
function userOf(line: string): string | null {
  if (line === "" || line.startsWith("#") || line.startsWith(":")) return null;
  const colon = line.indexOf(":");
  return colon < 0 ? line : line.slice(0, colon);
}

/** Databases that know everybody's place without knowing who there is. */
const LISTLESS: readonly string[] = ["static", "prefetch"];

/**
 * The files whose entries are the mailboxes: those of the userdbs, or of the passdbs where no userdb
 * holds a list. All of them must be files, each counts once: a sum of some would look like a whole.
 */
function passwdFiles({ userdbs, passdbs }: DovecotSettings): Result<readonly string[]> {
  const listing = (all: readonly UserDatabase[]): UserDatabase[] =>
    all.filter(({ driver, aside }) => !aside && !LISTLESS.includes(driver));
  const users = listing(userdbs);
  const databases = users.length > 0 ? users : listing(passdbs);
  const paths = new Set<string>();
  for (const { driver, path } of databases) {
    // `%d` in a path is a file for each domain.
    if (driver !== "passwd-file" || path === null || path.includes("%")) return failed("unsupported");
    paths.add(path);
  }
  return paths.size === 0 ? failed("unsupported") : { ok: true, value: [...paths] };
}
