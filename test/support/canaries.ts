/**
 * Canaries: words that exist nowhere else, one for each place in which a mail server holds something
 * personal. A word is made of the place's name, so that it is always the same and says where it was.
 */
import { createHash } from "node:crypto";
import { domainToASCII } from "node:url";

export type Canary = {
  /** Where it was put, such as `dovecot.gecos`. */
  readonly place: string;
  readonly text: string;
  /** Addresses that it is the local part of: a hash of one is an identifier too. */
  readonly addresses: readonly string[];
};

/** How a word is written. */
type Style = "lower" | "Name" | "UPPER" | "Umlaut" | "Кириллица";

const CONSONANTS = "qzxvkjwg";
const VOWELS = "aeiou";
const SYLLABLES = 6;
const ACCENTED: Readonly<Record<string, string>> = { a: "ä", e: "é", i: "í", o: "ö", u: "ü" };
const CYRILLIC: Readonly<Record<string, string>> = Object.fromEntries(
  [..."qzxvkjwgaeiou"].map((letter, index) => [letter, "жзхвкйщгаэиоу".charAt(index)]),
);

/** A word of twelve letters that no language has. */
export function canaryWord(place: string, style: Style = "lower"): string {
  const digest = createHash("sha256").update(`mailcensus canary ${place}`).digest();
  let word = "";
  for (let at = 0; at < SYLLABLES; at++) {
    word += CONSONANTS.charAt((digest[2 * at] ?? 0) % CONSONANTS.length);
    word += VOWELS.charAt((digest[2 * at + 1] ?? 0) % VOWELS.length);
  }
  switch (style) {
    case "lower":
      return word;
    case "Name":
      return capital(word);
    case "UPPER":
      return word.toUpperCase();
    case "Umlaut":
      return capital(
        [...word].map((letter, at) => (at % 4 === 1 ? (ACCENTED[letter] ?? letter) : letter)).join(""),
      );
    case "Кириллица":
      return capital([...word].map((letter) => CYRILLIC[letter] ?? letter).join(""));
    default:
      return style satisfies never;
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Every place of the canary host that holds a person, and how its canary is written. */
const PLACES = {
  "path.postfix": "lower",
  "path.dovecot": "lower",
  "path.roundcube": "Umlaut",
  "path.tools": "lower",
  "postfix.mailbox": "lower",
  "postfix.mailbox.upper": "UPPER",
  "postfix.mailbox.other-domain": "lower",
  "postfix.mailbox.folder": "lower",
  "postfix.alias": "lower",
  "postfix.alias.target": "lower",
  "postfix.alias.foreign": "lower",
  "postfix.alias.stray": "lower",
  "postfix.list.local": "lower",
  "postfix.list.name": "lower",
  "postfix.list.member": "lower",
  "postfix.list.member-name": "Name",
  "postfix.local-alias": "lower",
  "postfix.local-alias.command": "lower",
  "postfix.hostname": "lower",
  "postfix.luser_relay": "lower",
  "postfix.always_bcc": "lower",
  "postfix.header_checks": "lower",
  "postfix.relayhost": "lower",
  "postfix.own-parameter": "Name",
  "postfix.main-cf.comment": "Umlaut",
  "postfix.master-cf.comment": "Name",
  "postfix.master-cf.user": "lower",
  "postfix.table.comment": "Кириллица",
  "dovecot.user": "lower",
  "dovecot.gecos": "Name",
  "dovecot.gecos.umlaut": "Umlaut",
  "dovecot.gecos.cyrillic": "Кириллица",
  "dovecot.password": "Name",
  "dovecot.password.salt": "lower",
  "dovecot.home": "lower",
  "dovecot.quota": "lower",
  "dovecot.mail": "lower",
  "dovecot.postmaster": "lower",
  "dovecot.greeting": "Name",
  "dovecot.plugin-setting": "lower",
  "dovecot.comment": "Umlaut",
  "dovecot.users.comment": "Name",
  "roundcube.user": "lower",
  "roundcube.user.bare": "lower",
  "roundcube.user.upper": "UPPER",
  "roundcube.user.umlaut": "Umlaut",
  "roundcube.mail_host": "lower",
  "roundcube.language": "lower",
  "roundcube.preferences": "Name",
  "roundcube.preferences.umlaut": "Umlaut",
  "roundcube.identity.name": "Umlaut",
  "roundcube.identity.email": "lower",
  "roundcube.identity.organization": "Name",
  "roundcube.identity.signature": "Name",
  "roundcube.contact": "Name",
  "tools.stderr": "Name",
  "tools.stderr.umlaut": "Umlaut",
  "tools.output": "lower",
  "environment.user": "lower",
  "environment.home": "lower",
  "hostile.key": "lower",
  "hostile.value": "Umlaut",
  "hostile.header": "lower",
  "crash.message": "Name",
} as const satisfies Record<string, Style>;

export type Place = keyof typeof PLACES;

/** Domains with a canary in them. The served ones are told at level `full`; the others never. */
export const DOMAINS = {
  served: `${canaryWord("domain.served")}.example`,
  international: `${canaryWord("domain.international", "Umlaut").toLowerCase()}.example`,
  /** Where aliases forward to. */
  forward: `${canaryWord("domain.forward")}.example`,
  /** In a table's keys, and served by nobody. */
  stray: `${canaryWord("domain.stray")}.example`,
  /** Of web-mail users whose mail is elsewhere. */
  elsewhere: `${canaryWord("domain.elsewhere")}.example`,
} as const;

/** The canary of a place. */
export function word(place: Place): string {
  return canaryWord(place, PLACES[place]);
}

/** As an address in A-labels, lower case. */
export function ascii(domain: string): string {
  return domainToASCII(domain);
}

const PLACED_DOMAINS = ["forward", "stray", "elsewhere"] as const;

/** Every canary that may come out at no level. */
export function canaries(): readonly Canary[] {
  const domains = Object.values(DOMAINS).map(ascii);
  return [
    ...(Object.keys(PLACES) as Place[]).map((place) => {
      const text = word(place);
      return { place, text, addresses: domains.map((domain) => `${text.toLowerCase()}@${domain}`) };
    }),
    ...PLACED_DOMAINS.map((name) => domainCanary(`domain.${name}`, DOMAINS[name])),
  ];
}

/** Those that may come out at level `full` only: the names of the server's own domains. */
export function domainCanaries(): readonly Canary[] {
  return [
    domainCanary("domain.served", DOMAINS.served),
    domainCanary("domain.international", DOMAINS.international),
    domainCanary("domain.international.a-label", ascii(DOMAINS.international)),
  ];
}

function domainCanary(place: string, domain: string): Canary {
  return { place, text: domain.replace(/\.example$/, ""), addresses: [domain] };
}
