/** What the dictionary says of one figure, and where in a report that figure stands. */

/** What figures may be used for. */
export const ENTRY_PURPOSES = ["offers", "statistics"] as const;
export type EntryPurpose = (typeof ENTRY_PURPOSES)[number];

export const ENTRY_LEVELS = ["counts", "full"] as const;
export type EntryLevel = (typeof ENTRY_LEVELS)[number];

/**
 * Where it stands: a member (`/totals/mailboxes`), a member of every row of an array
 * (`/domains/list/*\/aliases`), or a row named by its `feature`, or the `usage` in such a row.
 */
export type EntryPlace =
  | { readonly kind: "member"; readonly keys: readonly string[] }
  /** Rows with fewer mailboxes than `rowsFrom` hold none. */
  | {
      readonly kind: "rows";
      readonly keys: readonly string[];
      readonly key: string;
      readonly rowsFrom: number;
    }
  | { readonly kind: "feature"; readonly keys: readonly string[]; readonly feature: string }
  | { readonly kind: "usage"; readonly keys: readonly string[]; readonly feature: string };

/** One entry: all of it stands where the field or feature is declared, in the schema itself. */
export type Entry = {
  /** By which `unknown` calls it; null where it is a part of the frame, which is always known. */
  readonly metric: string | null;
  readonly place: EntryPlace;
  /** A few words, as a heading. */
  readonly title: string;
  /** What it is. */
  readonly description: string;
  /** The counting rule: active, shared, system ones? */
  readonly counts: string;
  /** For each source that may tell it, how its figure differs from what one would expect. */
  readonly bias: Readonly<Record<string, string>>;
  readonly unit: string;
  readonly purposes: readonly EntryPurpose[];
  readonly basis: "consent";
  /** The levels at which it is sent. */
  readonly levels: readonly EntryLevel[];
  /** The first scope that has it. */
  readonly since: number;
  /** The query that is made of it. */
  readonly statistic: string;
  /** What its words mean, where it is one of some. */
  readonly words: Readonly<Record<string, string>> | null;
};

/** `/totals/mailboxes`, `/domains/list/*\/aliases`, `/features/acl`. */
export function pathOf({ place }: Entry): string {
  return placePath(place);
}

export function placePath(place: EntryPlace): string {
  const path = place.keys.map((key) => `/${key}`).join("");
  switch (place.kind) {
    case "member":
      return path;
    case "rows":
      return `${path}/*/${place.key}`;
    case "feature":
      return `${path}/${place.feature}`;
    case "usage":
      return `${path}/${place.feature}/usage`;
    default:
      return place satisfies never;
  }
}

/** What an entry is called: the metric's name, or for the frame its path with dots. */
export function nameOf(entry: Entry): string {
  return entry.metric ?? pathOf(entry).slice(1).replaceAll("/", ".");
}
