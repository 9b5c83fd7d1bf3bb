/** The sample host's Dovecot: its files as text. */
import type { HostPlan } from "./plan.ts";

/** Files by name, in the folder of dovecot.conf; `folder` is that folder. */
export function imapFiles(plan: HostPlan, folder: string): Readonly<Record<string, string>> {
  return {
    "dovecot.conf": DOVECOT_CONF,
    "conf.d/10-auth.conf": `# One file for passwords and users.
passdb {
  driver = passwd-file
  args = scheme=CRYPT username_format=%u ${folder}/users
}
userdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
`,
    users: [
      "# user:password:uid:gid:gecos:home:shell:extra",
      ...plan.domains.flatMap(({ domain, mailboxes }) =>
        mailboxes.map(
          ({ local, name }) =>
            `${local}@${domain}:*:5000:5000:${name}:/var/vmail/${domain}/${local}::userdb_quota_rule=*:storage=1G`,
        ),
      ),
      "",
    ].join("\n"),
  };
}

const DOVECOT_CONF = `protocols = imap lmtp sieve
listen = 127.0.0.1
ssl = no
mail_location = maildir:~/Maildir
mail_plugins = $mail_plugins quota fts

plugin {
  quota = maildir:User quota
  sieve = file:~/sieve;active=~/.dovecot.sieve
}
protocol lmtp {
  mail_plugins = $mail_plugins sieve
}
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}

!include conf.d/*.conf
!include_try local.conf
`;
