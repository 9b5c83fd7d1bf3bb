/** What the proof does not prove, told with every result of it. */
export const REMAINS: readonly string[] = [
  "A domain's name may be a person's name (smith.example), also in words inside it (john-smith.example), and so may any other word: the proof knows forms, not names.",
  "Words of a name that read as something else (john.at.example.org, which look.at.example has the form of, too).",
  "A domain's label may be a code that somebody can resolve (a customer number of up to six digits, a random word).",
  "Names that begin with xn-- are proved as they are written, not as they read in Unicode; the agent also withholds those that read as an identifier.",
  "A domain's name, or a language that few speak, may hint at a belief, an origin or a sickness (a parish's domain): it is an organisation's name and a count of a group, never a person's.",
  "The installation's key is a stable pseudonym: reports of one installation belong together, and with its domains the customer is known.",
  "What exact numbers of mailboxes still bound: of a domain with 22 mailboxes, 20 of them German, nearly every user's language is told.",
  "A number of up to eight digits may be anything that somebody writes as one, such as a date.",
  "Combinations: values that are harmless each by itself may together point to somebody, and the order of a list may spell something.",
  "The proof is of the schema. That the agent sends nothing that hasn't passed it is shown by the leak tests.",
  "The prover itself is a program: it is tested against brute force over short strings and against schemas weakened on purpose.",
];
