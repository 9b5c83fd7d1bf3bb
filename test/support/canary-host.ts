/** A real mail host's files with a canary in every place that holds a person. */
import { appendFile, mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { imapFiles } from "#demo/host/imap.ts";
import { mtaFiles } from "#demo/host/mta.ts";
import type { HostPlan, Mailbox } from "#demo/host/plan.ts";
import { writeWebmail } from "#demo/host/webmail.ts";
import type { MailTools } from "#setup/mail-tools.ts";
import { ascii, DOMAINS, word } from "./canaries.ts";
import { compile } from "./compiled-host.ts";

export type CanaryHost = {
  /** Where all of it lies. */
  readonly folder: string;
  /** The folder of main.cf. */
  readonly postfix: string;
  /** The file dovecot.conf. */
  readonly dovecot: string;
  readonly roundcube: string;
  /** What a report of it must say, so that it is known to have been read. */
  readonly totals: { readonly domains: number; readonly mailboxes: number; readonly lists: number };
};

const FILLERS = 24;
const WRITTEN = new Date("2026-01-05T08:00:00Z");

/** Writes the host and compiles its tables with the real tools. */
export async function makeCanaryHost(tools: MailTools, folder: string): Promise<CanaryHost> {
  const postfix = join(folder, `home-${word("path.postfix")}`, "postfix");
  const dovecot = join(folder, `srv-${word("path.dovecot")}`, "dovecot", "dovecot.conf");
  const roundcube = join(folder, word("path.roundcube"), "roundcube.db");
  const plan = planCanaries();
  await writeFiles(postfix, withMtaCanaries(mtaFiles(plan, postfix)));
  await appendFile(join(postfix, "main.cf"), tools.mainCf);
  await writeFiles(dirname(dovecot), withImapCanaries(imapFiles(plan, dirname(dovecot))));
  await appendFile(dovecot, tools.dovecotConf);
  await mkdir(dirname(roundcube), { recursive: true });
  writeWebmail(plan, roundcube);
  addWebmailCanaries(roundcube);
  await utimes(join(postfix, "main.cf"), WRITTEN, WRITTEN);
  const host = { plan, postfix, dovecot, roundcube };
  await compile(tools, host);
  const planned = plan.domains.reduce((sum, { mailboxes }) => sum + mailboxes.length, 0);
  const totals = { domains: plan.domains.length, mailboxes: planned + DOVECOT_USERS.length, lists: 2 };
  return { folder, postfix, dovecot, roundcube, totals };
}

function planCanaries(): HostPlan {
  const { served, forward } = DOMAINS;
  const mailbox = (local: string, name: string, language: string | null = "de_DE"): Mailbox => ({
    local,
    name,
    webmail: { language },
  });
  const list = (name: string, local: string) => ({
    name,
    local,
    members: [
      `${word("postfix.list.member")}@${forward}`,
      `"${word("postfix.list.member-name")}" <${word("postfix.alias.target")}@${forward}>`,
    ],
  });
  return {
    domains: [
      {
        domain: served,
        mailboxes: [
          mailbox(word("postfix.mailbox"), word("dovecot.gecos")),
          mailbox(word("postfix.mailbox.upper"), word("dovecot.gecos.umlaut")),
          mailbox(word("roundcube.user"), word("dovecot.gecos.cyrillic"), null),
          ...Array.from({ length: FILLERS }, (_, n) => mailbox(`${word("postfix.mailbox")}${n}`, "Nobody")),
        ],
        aliases: [
          { local: word("postfix.alias"), targets: `${word("postfix.alias.target")}@${served}` },
          {
            local: word("postfix.alias.foreign"),
            targets: `${word("postfix.alias.target")}@${forward}, b@${forward}`,
          },
        ],
        lists: [list(word("postfix.list.name"), word("postfix.list.local"))],
      },
      {
        domain: ascii(DOMAINS.international),
        mailboxes: [mailbox(word("postfix.mailbox.other-domain"), word("dovecot.gecos"))],
        aliases: [],
        lists: [],
      },
      {
        domain: "quiet.example",
        mailboxes: [],
        aliases: [{ local: word("postfix.alias"), targets: `${word("postfix.alias.target")}@${served}` }],
        lists: [],
      },
    ],
    localList: list(`crew-${word("postfix.list.name")}`, "crew"),
  };
}

function withMtaCanaries(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { served, forward, stray } = DOMAINS;
  return {
    ...files,
    "main.cf": `${files["main.cf"]}
# Asked for by ${word("postfix.main-cf.comment")}.
myhostname = ${word("postfix.hostname")}.mx.example
luser_relay = ${word("postfix.luser_relay")}@${forward}
always_bcc = ${word("postfix.always_bcc")}@${forward}
header_checks = regexp:/home/${word("postfix.header_checks")}/header_checks
relayhost = [${word("postfix.relayhost")}.${forward}]:587
keeper_of_this = ${word("postfix.own-parameter")}
mail_name = $keeper_of_this
`,
    "master.cf": `${files["master.cf"]}# ${word("postfix.master-cf.comment")}'s filter
filter     unix  -       n      n      -      -       pipe
    flags=Rq user=${word("postfix.master-cf.user")} argv=/home/${word("postfix.master-cf.user")}/filter
`,
    mailboxes: `${files["mailboxes"]}# ${word("postfix.table.comment")}
extra@${served}  home/${word("postfix.mailbox.folder")}/Maildir/
`,
    virtual: `${files["virtual"]}${word("postfix.alias.stray")}@${stray}  ${word("postfix.alias.target")}@${forward}
`,
    aliases: `${files["aliases"]}${word("postfix.local-alias")}: "|/home/${word("postfix.local-alias.command")}/bin/vacation"
`,
  };
}

/** Users that Dovecot alone knows, with all that a passwd-file can hold. */
const DOVECOT_USERS = [
  [
    `${word("dovecot.user")}@${DOMAINS.served}`,
    `{SHA512-CRYPT}$6$${word("dovecot.password.salt")}$${word("dovecot.password")}`,
    "5000:5000",
    `${word("dovecot.gecos")},,${word("dovecot.gecos.umlaut")}`,
    `/srv/vmail/${word("dovecot.home")}`,
    "",
    `userdb_quota_rule=*:storage=1G userdb_quota=maildir:${word("dovecot.quota")} userdb_mail=maildir:/srv/${word("dovecot.mail")}`,
  ].join(":"),
];

function withImapCanaries(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {
    ...files,
    users: `${files["users"]}# ${word("dovecot.users.comment")} has left.\n${DOVECOT_USERS.join("\n")}\n`,
    "dovecot.conf": `${files["dovecot.conf"]}
# As ${word("dovecot.comment")} wanted it.
postmaster_address = ${word("dovecot.postmaster")}@${DOMAINS.served}
login_greeting = Welcome to ${word("dovecot.greeting")}
plugin {
  quota_warning = storage=95%% quota-warning 95 ${word("dovecot.plugin-setting")}
}
`,
  };
}

function addWebmailCanaries(file: string): void {
  const database = new Database(file);
  try {
    database.exec(`
      CREATE TABLE identities (
        identity_id integer NOT NULL PRIMARY KEY, user_id integer NOT NULL, name varchar(128), email varchar(128),
        organization varchar(128), signature text
      );
      CREATE TABLE contacts (contact_id integer NOT NULL PRIMARY KEY, user_id integer NOT NULL, name varchar(128), vcard text);`);
    const user = database.prepare(
      "INSERT INTO users (username, mail_host, created, language, preferences) VALUES (?, ?, '2026-01-05 08:00:00', ?, ?)",
    );
    const host = `${word("roundcube.mail_host")}.mx.example`;
    const preferences = serialised({
      fullname: word("roundcube.preferences"),
      default_folder: word("roundcube.preferences.umlaut"),
    });
    for (const name of [
      `${word("roundcube.user")}@${DOMAINS.elsewhere}`,
      word("roundcube.user.bare"),
      `${word("roundcube.user.upper")}@${DOMAINS.served.toUpperCase()}`,
      `${word("roundcube.user.umlaut")}@${DOMAINS.international}`,
      `"odd@${word("roundcube.user.bare")}"@${DOMAINS.served}`,
    ])
      user.run(name, host, "de_DE", preferences);
    // Enough of them for a language that a report would tell.
    for (let n = 0; n < 6; n++)
      user.run(`${word("roundcube.user.bare")}${n}`, host, word("roundcube.language"), preferences);
    database
      .prepare(
        "INSERT INTO identities (user_id, name, email, organization, signature) VALUES (1, ?, ?, ?, ?)",
      )
      .run(
        word("roundcube.identity.name"),
        `${word("roundcube.identity.email")}@${DOMAINS.forward}`,
        word("roundcube.identity.organization"),
        `-- \n${word("roundcube.identity.signature")}`,
      );
    database
      .prepare("INSERT INTO contacts (user_id, name, vcard) VALUES (1, ?, ?)")
      .run(word("roundcube.contact"), `BEGIN:VCARD\nFN:${word("roundcube.contact")}\nEND:VCARD`);
  } finally {
    database.close();
  }
}

/** As PHP writes it. */
function serialised(values: Readonly<Record<string, string>>): string {
  const entries = Object.entries(values)
    .flat()
    .map((text) => `s:${Buffer.byteLength(text)}:"${text}";`);
  return `a:${entries.length / 2}:{${entries.join("")}}`;
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
