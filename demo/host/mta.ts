/** The sample host's Postfix: its files as text. */
import type { HostPlan } from "./plan.ts";

/** Files by name, in the folder of main.cf; `folder` is that folder. */
export function mtaFiles(plan: HostPlan, folder: string): Readonly<Record<string, string>> {
  const lists = [...plan.domains.flatMap((domain) => domain.lists), plan.localList];
  return {
    "main.cf": mainCf(folder),
    "master.cf": MASTER_CF,
    domains: lines(
      "# Domains with mailboxes.",
      ...plan.domains.filter(({ mailboxes }) => mailboxes.length > 0).map(({ domain }) => `${domain} OK`),
    ),
    mailboxes: lines(
      "# Address and mailbox.",
      ...plan.domains.flatMap(({ domain, mailboxes }) => [
        `# ${domain}`,
        ...mailboxes.map(({ local }) => `${local}@${domain}  ${domain}/${local}/`),
      ]),
    ),
    virtual: lines(
      "# Aliases, and the addresses of lists.",
      ...plan.domains.flatMap(({ domain, mailboxes, aliases, lists: own }) => [
        ...aliases.map(({ local, targets }) => `${local}@${domain}  ${targets.replace(", ", ",\n    ")}`),
        ...own.map(({ local, name }) => `${local}@${domain}  ${name}`),
        // As some admin tools write for a mailbox: an alias to itself.
        ...mailboxes.slice(0, 1).map(({ local }) => `${local}@${domain}  ${local}@${domain}`),
      ]),
    ),
    aliases: lines(
      "postmaster: root",
      "root: /dev/null",
      'sorter: "|/bin/false"',
      ...lists.flatMap(({ name }) => [
        `${name}: ${quoted(`:include:${folder}/lists/${name}`)}`,
        `owner-${name}: postmaster`,
        `${name}-request: owner-${name}`,
      ]),
    ),
    ...Object.fromEntries(
      lists.map(({ name, members }) => [`lists/${name}`, lines("# Members.", ...members)]),
    ),
  };
}

/** Names in tables' paths are cut at spaces: in such a folder they are relative, which the tools take as well. */
function mainCf(folder: string): string {
  return MAIN_CF.replaceAll("$config_directory/", /[\s,{}$]/.test(folder) ? "" : "$config_directory/");
}

function quoted(target: string): string {
  return /\s/.test(target) ? `"${target}"` : target;
}

const MAIN_CF = `# Mail for a handful of domains; delivery by LMTP.
compatibility_level = 3.6
myhostname = mx.harbour.example
mydestination = $myhostname, localhost.$mydomain, localhost
inet_interfaces = loopback-only

alias_maps = hash:$config_directory/aliases
alias_database = $alias_maps
virtual_mailbox_domains = texthash:$config_directory/domains
virtual_mailbox_maps = texthash:$config_directory/mailboxes
# One domain has aliases only.
virtual_alias_domains =
    quiet.example
virtual_alias_maps = texthash:$config_directory/virtual
virtual_transport = lmtp:unix:private/dovecot-lmtp

smtpd_tls_security_level = may
smtpd_milters = inet:127.0.0.1:11332
non_smtpd_milters = $smtpd_milters
`;

const MASTER_CF = `# service  type  private unpriv chroot wakeup maxproc command
smtp       inet  n       -      n      -      -       smtpd
submission inet  n       -      n      -      -       smtpd
    -o syslog_name=postfix/submission
    -o smtpd_tls_security_level=encrypt
    -o smtpd_sasl_auth_enable=yes
#smtps     inet  n       -      n      -      -       smtpd
cleanup    unix  n       -      n      -      0       cleanup
qmgr       unix  n       -      n      300    1       qmgr
rewrite    unix  -       -      n      -      -       trivial-rewrite
local      unix  -       n      n      -      -       local
virtual    unix  -       n      n      -      -       virtual
lmtp       unix  -       -      n      -      -       lmtp
`;

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
