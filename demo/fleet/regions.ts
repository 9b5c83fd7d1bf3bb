/** Where the invented installations stand: the languages spoken there and the words that their domains are made of. */

export type Region = {
  /** A language and its share of those who chose one. */
  readonly languages: readonly (readonly [string, number])[];
  /** Parts of domain names; A-labels among them. */
  readonly words: readonly string[];
};

const GERMANY: Region = {
  languages: [
    ["de-DE", 78],
    ["en-US", 12],
    ["de-AT", 2],
    ["tr-TR", 4],
    ["pl-PL", 3],
  ],
  words: ["linde", "xn--bcher-kva", "hafen", "werkstatt", "xn--mhle-0ra", "turm", "garten"],
};
const ALPS: Region = {
  languages: [
    ["de-CH", 45],
    ["fr-CH", 22],
    ["de-AT", 18],
    ["it-IT", 8],
    ["en-US", 10],
  ],
  words: ["gipfel", "seeblick", "arve", "xn--brg-ioa", "gletscher", "talstation"],
};
const BRITAIN: Region = {
  languages: [
    ["en-GB", 80],
    ["en-US", 12],
    ["pl-PL", 4],
    ["cy-GB", 3],
  ],
  words: ["harbour", "thistle", "millrace", "cobble", "foxglove", "lantern"],
};
const AMERICA: Region = {
  languages: [
    ["en-US", 76],
    ["es-MX", 15],
    ["fr-CA", 6],
    ["zh-Hans-CN", 3],
  ],
  words: ["prairie", "redwood", "canyon", "bluebird", "sawmill", "juniper"],
};
const FRANCE: Region = {
  languages: [
    ["fr-FR", 84],
    ["en-GB", 8],
    ["ar", 4],
    ["pt-PT", 3],
  ],
  words: ["lavande", "moulin", "xn--fort-ipa", "rivage", "tilleul", "atelier"],
};
const SPAIN: Region = {
  languages: [
    ["es-ES", 70],
    ["ca-ES", 17],
    ["en-GB", 7],
    ["eu-ES", 4],
  ],
  words: ["olivar", "xn--pea-8ma", "faro", "naranjo", "molino", "costera"],
};
const ITALY: Region = {
  languages: [
    ["it-IT", 88],
    ["en-US", 7],
    ["de-DE", 4],
  ],
  words: ["cipresso", "laguna", "bottega", "ulivo", "torrione"],
};
const ROMANIA: Region = {
  languages: [
    ["ro-RO", 80],
    ["en-US", 10],
    ["hu-HU", 8],
  ],
  words: ["livada", "cetate", "izvor", "stejar", "xn--punte-j9b"],
};
const POLAND: Region = {
  languages: [
    ["pl-PL", 86],
    ["en-US", 7],
    ["uk-UA", 6],
  ],
  words: ["brzoza", "zamek", "xn--ka-ola7v", "jezioro", "kuznia"],
};
const NETHERLANDS: Region = {
  languages: [
    ["nl-NL", 68],
    ["en-GB", 16],
    ["nl-BE", 12],
  ],
  words: ["molen", "gracht", "duin", "tulpenveld", "sluis"],
};
const BRAZIL: Region = {
  languages: [
    ["pt-BR", 90],
    ["en-US", 6],
    ["es-ES", 3],
  ],
  words: ["ipe", "cachoeira", "mangue", "xn--sabi-8na", "serrado"],
};
const JAPAN: Region = {
  languages: [
    ["ja-JP", 92],
    ["en-US", 6],
  ],
  words: ["sakura", "minato", "xn--wgv71a", "kawara", "tsubame"],
};

/** Regions and how many of the installations stand there. */
export const REGIONS: readonly (readonly [Region, number])[] = [
  [GERMANY, 24],
  [ALPS, 8],
  [BRITAIN, 11],
  [AMERICA, 11],
  [FRANCE, 10],
  [SPAIN, 7],
  [ITALY, 7],
  [ROMANIA, 9],
  [POLAND, 6],
  [NETHERLANDS, 5],
  [BRAZIL, 4],
  [JAPAN, 3],
];

/** The region where none was picked. */
export const ELSEWHERE: Region = GERMANY;
