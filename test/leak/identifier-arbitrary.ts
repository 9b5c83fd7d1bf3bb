/** What could name a person or lead to one: many of each kind, as whole values and as domain names. */
import fc from "fast-check";

export type IdentifierKind = {
  readonly kind: string;
  readonly arbitrary: fc.Arbitrary<string | number>;
};

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";

function of(units: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...units), minLength, maxLength });
}

function joined(separator: string, ...parts: readonly fc.Arbitrary<string | number>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((found) => found.join(separator));
}

function picked(...words: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...words);
}

const word = of(LOWER, 2, 9);
const hex = (minLength: number, maxLength = minLength) => of("0123456789abcdef", minLength, maxLength);
const capital = word.map((text) => text.charAt(0).toUpperCase() + text.slice(1));
const top = picked("example", "org", "ro", "co.uk", "invalid");
const host = joined(".", word, top);
const local = fc.oneof(
  word,
  joined(".", word, word),
  joined("_", word, word),
  joined("", word, of(DIGITS, 1, 4)),
  joined("+", word, word),
);
const byte = fc.nat({ max: 255 });
const ipv4 = joined(".", byte, byte, byte, byte);
const group = hex(1, 4);
const ipv6 = fc.oneof(
  joined(":", ...Array.from({ length: 8 }, () => group)),
  joined("::", joined(":", picked("2001", "fe80"), group), joined(":", group, group)),
  group.map((last) => `::${last}0`),
  ipv4.map((address) => `::ffff:${address}`),
);
/** National or international, nine digits at least. */
const phoneDigits = fc.oneof(
  of(DIGITS, 8, 11).map((rest) => `0${rest}`),
  of(DIGITS, 8, 13).map((rest) => `4${rest}`),
);
const phoneParts = [
  picked("+40", "0", "+1", "00 49"),
  of(DIGITS, 3),
  of(DIGITS, 3),
  of(DIGITS, 3, 4),
] as const;
const dottedPhone = joined(".", of(DIGITS, 3, 4), of(DIGITS, 3), of(DIGITS, 3, 4));
const iban = joined(
  "",
  picked("DE", "RO", "GB", "NL", "FR"),
  of(DIGITS, 2),
  picked("", "ABNA", "BTRL"),
  of(DIGITS, 14, 20),
);
const fours = (separator: string) =>
  joined(separator, of(DIGITS, 4), of(DIGITS, 4), of(DIGITS, 4), of(DIGITS, 4));
const mac = (separator: string) => joined(separator, ...Array.from({ length: 6 }, () => hex(2)));
const dottedMac = joined(".", hex(4), hex(4), hex(4));
const uuid = joined(
  "-",
  hex(8),
  hex(4),
  joined("", picked("1", "4", "7"), hex(3)),
  joined("", picked("8", "9", "a", "b"), hex(3)),
  hex(12),
);
const file = joined(".", word, picked("txt", "mbox", "pst", "eml"));

/** Each kind of identifier, as a value that stands alone. */
export const IDENTIFIERS: readonly IdentifierKind[] = [
  { kind: "e-mail", arbitrary: joined("@", local, host) },
  {
    kind: "e-mail, a literal",
    arbitrary: joined(
      "@",
      local,
      ipv4.map((address) => `[${address}]`),
    ),
  },
  {
    kind: "e-mail with a name",
    arbitrary: fc.tuple(capital, local, host).map(([name, user, at]) => `${name} <${user}@${at}>`),
  },
  { kind: "e-mail, percent-encoded", arbitrary: joined("%40", local, host) },
  { kind: "e-mail with at", arbitrary: joined(" at ", local, host) },
  {
    kind: "e-mail with at and dot",
    arbitrary: fc.tuple(local, word).map(([user, name]) => `${user} (at) ${name} dot org`),
  },
  { kind: "IPv4", arbitrary: ipv4 },
  { kind: "IPv4 with a port", arbitrary: joined(":", ipv4, fc.integer({ min: 1, max: 65_535 })) },
  { kind: "IPv6", arbitrary: ipv6 },
  {
    kind: "URL with a path",
    arbitrary: fc
      .tuple(picked("http", "https", "imaps"), host, word, word)
      .map(([scheme, at, a, b]) => `${scheme}://${at}/${a}/${b}`),
  },
  {
    kind: "URL with a user",
    arbitrary: fc.tuple(word, word, host).map(([user, secret, at]) => `https://${user}:${secret}@${at}`),
  },
  { kind: "mailto", arbitrary: joined("@", local, host).map((address) => `mailto:${address}`) },
  {
    kind: "telephone",
    arbitrary: fc.oneof(
      phoneDigits,
      phoneDigits.map((digits) => `+${digits}`),
    ),
  },
  {
    kind: "telephone in groups",
    arbitrary: fc.oneof(
      joined(" ", ...phoneParts),
      joined("-", ...phoneParts),
      joined("/", of(DIGITS, 4), of(DIGITS, 6)),
    ),
  },
  { kind: "telephone with dots", arbitrary: dottedPhone },
  {
    kind: "telephone as a number",
    arbitrary: fc.oneof(
      fc.integer({ min: 100_000_000, max: 999_999_999 }),
      fc.integer({ min: 1_000_000_000, max: 999_999_999_999_999 }),
    ),
  },
  {
    kind: "IBAN",
    arbitrary: fc.oneof(
      iban,
      iban.map((text) => text.replace(/.{4}/g, "$& ").trim()),
    ),
  },
  {
    kind: "card",
    arbitrary: fc.oneof(
      of(DIGITS, 15, 19).map((rest) => `4${rest}`),
      fours(" "),
      fours("-"),
    ),
  },
  {
    kind: "card as a number",
    arbitrary: fc.integer({ min: 4_000_000_000_000_000, max: 5_599_999_999_999_999 }),
  },
  {
    kind: "MAC",
    arbitrary: fc.oneof(
      mac(":"),
      mac("-"),
      dottedMac,
      mac(":").map((text) => text.toUpperCase()),
    ),
  },
  {
    kind: "UUID",
    arbitrary: fc.oneof(
      uuid,
      uuid.map((text) => text.toUpperCase()),
      uuid.map((text) => `urn:uuid:${text}`),
    ),
  },
  {
    kind: "path",
    arbitrary: fc
      .tuple(picked("/home", "/var/mail", "~", "/var/vmail/x", "."), word, file)
      .map(([root, user, name]) => `${root}/${user}/${name}`),
  },
  {
    kind: "path, Windows",
    arbitrary: fc.oneof(
      fc.tuple(word, file).map(([user, name]) => `C:\\Users\\${user}\\${name}`),
      fc.tuple(word, word).map(([server, share]) => `\\\\${server}\\${share}`),
    ),
  },
  {
    kind: "LDAP name",
    arbitrary: fc.oneof(
      fc.tuple(word, word).map(([user, name]) => `uid=${user},ou=people,dc=${name},dc=org`),
      fc.tuple(capital, capital).map(([a, b]) => `CN=${a} ${b},OU=Staff,DC=corp`),
    ),
  },
  { kind: "message-id", arbitrary: fc.tuple(hex(8, 16), host).map(([id, at]) => `<${id}@${at}>`) },
  {
    kind: "a person's name",
    arbitrary: fc.oneof(
      joined(" ", capital, capital),
      joined(", ", capital, capital),
      joined(" ", capital, picked("von", "de", "O'"), capital),
    ),
  },
  {
    kind: "free text",
    arbitrary: fc.array(word, { minLength: 3, maxLength: 12 }).map((words) => words.join(" ")),
  },
];

/** Letters and digits as a MAC address has them, which no word is made of. */
const bareMac = hex(12).filter((text) => /\d/.test(text) && /\d{2}|\d.*[a-f].*\d/.test(text));
const labels: Readonly<Record<string, fc.Arbitrary<string>>> = {
  telephone: of(DIGITS, 7, 15),
  "telephone with hyphens": joined("-", of(DIGITS, 3, 4), of(DIGITS, 3), of(DIGITS, 3, 4)),
  "telephone across labels": dottedPhone,
  card: fc.oneof(of(DIGITS, 13, 19), fours("-"), fours(".")),
  IPv4: ipv4,
  "IPv4 with hyphens": joined("-", byte, byte, byte, byte),
  "IPv6 with hyphens": joined("-", ...Array.from({ length: 8 }, () => hex(1, 4))),
  MAC: fc.oneof(mac("-"), dottedMac, bareMac),
  UUID: fc.oneof(uuid, hex(32)),
  IBAN: iban.map((text) => text.toLowerCase()),
  "e-mail with at": joined(
    "-at-",
    fc.oneof(word, joined("-", word, word), joined("", word, of(DIGITS, 1, 3))),
    word,
  ),
};

/** Zones that hold nothing but addresses. */
const reverse = fc.oneof(
  joined(".", byte, byte, byte, picked("in-addr.arpa")),
  joined(".", hex(1), hex(1), hex(1), picked("ip6.arpa", "ip6.int")),
  joined(".", joined("--", picked("fe80", "2001-db8"), hex(1, 4)), picked("ipv6-literal.net")),
);

type DomainKind = { readonly kind: string; readonly arbitrary: fc.Arbitrary<string> };

/** The kinds that can be written as a domain's name; each as its first label or labels, or after another. */
export const IDENTIFIER_DOMAINS: readonly DomainKind[] = [
  ...Object.entries(labels).map(([kind, label]): DomainKind => ({ kind, arbitrary: asDomain(label) })),
  { kind: "zone of addresses", arbitrary: reverse },
];

function asDomain(label: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const before = fc.option(word, { freq: 3 });
  const after = fc.option(word, { freq: 2 });
  return fc
    .tuple(before, label, after, picked("example", "org", "ro", "xn--p1ai"))
    .map((parts) => parts.filter((part) => part !== null).join("."));
}
