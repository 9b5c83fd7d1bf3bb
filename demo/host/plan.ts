/** The sample host before it is written: who and what is there, drawn from a seed. Nobody in it exists. */
import { type Random, randomOf } from "../fleet/random.ts";

export type Mailbox = {
  readonly local: string;
  readonly name: string;
  /** The web-mail account: null where its user never logged in, `language` null where none was chosen. */
  readonly webmail: { readonly language: string | null } | null;
};

export type HostDomain = {
  readonly domain: string;
  readonly mailboxes: readonly Mailbox[];
  /** Local part and targets. */
  readonly aliases: readonly { readonly local: string; readonly targets: string }[];
  readonly lists: readonly MailingList[];
};

/** A list by the name of its file and local alias, and the local part of its address. */
export type MailingList = {
  readonly name: string;
  readonly local: string;
  readonly members: readonly string[];
};

export type HostPlan = {
  readonly domains: readonly HostDomain[];
  /** A list that is reached by its local name only. */
  readonly localList: MailingList;
};

type Outline = {
  readonly domain: string;
  readonly mailboxes: number;
  readonly lists: readonly string[];
  readonly languages: readonly (readonly [string, number])[];
};

/** Languages as web-mail writes them. */
const GERMAN = [
  ["de_DE", 8],
  ["en_US", 1],
  ["tr_TR", 1],
] as const;
const ENGLISH = [
  ["en_GB", 7],
  ["en_US", 2],
  ["cy_GB", 1],
] as const;
const FRENCH = [
  ["fr_FR", 9],
  ["es_ES", 1],
] as const;
const SPANISH = [
  ["es_ES", 5],
  ["es_419", 3],
  ["ca_ES", 1],
] as const;
const CZECH = [
  ["cs_CZ", 8],
  ["sk_SK", 1],
] as const;
const RUSSIAN = [
  ["ru_RU", 8],
  ["bg_BG", 1],
] as const;

/** Largest first; two names are internationalised, and one domain has aliases only. */
const OUTLINES: readonly Outline[] = [
  { domain: "harbour.example", mailboxes: 118, lists: ["announce", "crew", "pilots"], languages: ENGLISH },
  { domain: "xn--bcher-kva.example", mailboxes: 64, lists: ["lesekreis"], languages: GERMAN },
  { domain: "lindenhof.example", mailboxes: 47, lists: ["werkstatt"], languages: GERMAN },
  { domain: "atelier-sud.example", mailboxes: 36, lists: ["equipe"], languages: FRENCH },
  { domain: "puente.example", mailboxes: 27, lists: ["vecinos"], languages: SPANISH },
  { domain: "kiosk.example", mailboxes: 21, lists: [], languages: GERMAN },
  { domain: "foxglove.example", mailboxes: 19, lists: [], languages: ENGLISH },
  { domain: "rosewood.example", mailboxes: 14, lists: ["choir"], languages: ENGLISH },
  { domain: "xn--e1afmkfd.example", mailboxes: 12, lists: [], languages: RUSSIAN },
  { domain: "hvezdarna.example", mailboxes: 9, lists: [], languages: CZECH },
  { domain: "cobble.example", mailboxes: 6, lists: [], languages: ENGLISH },
  { domain: "tiny.example", mailboxes: 3, lists: [], languages: FRENCH },
  { domain: "quiet.example", mailboxes: 0, lists: [], languages: ENGLISH },
];

const FIRST = [
  "Ambrosine",
  "Bartolt",
  "Clemencia",
  "Dagobald",
  "Eglantin",
  "Fennimore",
  "Grimhild",
  "Hyazinth",
  "Isidonia",
  "Jorunde",
  "Kasimira",
  "Ludowig",
  "Melusina",
  "Nepomel",
];
const LAST = [
  "Quillfeather",
  "Mondschaf",
  "Puddlestone",
  "Wolkenhaar",
  "Thimblewick",
  "Nadelbart",
  "Marmotte",
  "Bramblesocks",
  "Zwirnlein",
  "Owlspoon",
  "Tassenfeld",
  "Buttonshaw",
];
const ROLES = [
  "info",
  "office",
  "sales",
  "postmaster",
  "abuse",
  "billing",
  "press",
  "jobs",
  "support",
  "shop",
];

export function planHost(seed: string): HostPlan {
  const random = randomOf(`sample host ${seed}`);
  const domains = OUTLINES.map((outline) => planDomain(outline, random));
  return {
    domains,
    localList: {
      name: "watch",
      local: "watch",
      members: members(domains[0]?.mailboxes ?? [], "harbour.example", 2),
    },
  };
}

function planDomain({ domain, mailboxes: size, lists, languages }: Outline, random: Random): HostDomain {
  const offset = Math.floor(random.next() * FIRST.length * LAST.length);
  const mailboxes = Array.from({ length: size }, (_, index) =>
    planMailbox(offset + index, languages, random),
  );
  const aliases = ROLES.slice(0, 2 + Math.floor(size / 14)).map((local) => ({
    local,
    targets:
      mailboxes.length === 0
        ? "office@harbour.example"
        : members(mailboxes, domain, random.chance(0.3) ? 2 : 1).join(", "),
  }));
  // Where everything else goes.
  if (domain === "tiny.example") aliases.push({ local: "", targets: aliases[0]?.targets ?? "" });
  return {
    domain,
    mailboxes,
    aliases,
    lists: lists.map((local) => ({
      name: `${domain.split(".")[0]}-${local}`,
      local,
      members: members(mailboxes, domain, 5),
    })),
  };
}

function planMailbox(number: number, languages: Outline["languages"], random: Random): Mailbox {
  const pairs = FIRST.length * LAST.length;
  const first = FIRST[number % FIRST.length] ?? "";
  const last = LAST[Math.floor((number % pairs) / FIRST.length)] ?? "";
  const loggedIn = random.chance(0.78);
  const language = random.chance(0.9) ? random.pick<string>(languages, "en_US") : null;
  return {
    local: `${first}.${last}`.toLowerCase(),
    name: `${first} ${last}`,
    webmail: loggedIn ? { language } : null,
  };
}

function members(mailboxes: readonly Mailbox[], domain: string, wanted: number): string[] {
  return mailboxes.slice(0, wanted).map(({ local }) => `${local}@${domain}`);
}
