/** Everything that is stored of one installation, one item after the other. */
import { formatInstant } from "#schemas/period.ts";
import { checkedPolicyText } from "#schemas/policies.ts";
import type { RightsItem } from "#schemas/rights.ts";
import type { ArchivedReport, ReportKey } from "../store/archive.ts";
import type { Store } from "../store/index.ts";
import type { Cursor, Placed, Section } from "./parts.ts";
import { SECTIONS } from "./parts.ts";

/** Whose data: the id, and the row in the store. */
export type Whose = { readonly installation: string; readonly id: number };

/** @param from where the part before ended; null for the first one */
export function* dataOf(store: Store, whose: Whose, from: Cursor | null): IterableIterator<Placed> {
  const first = from === null ? 0 : SECTIONS.indexOf(from.section);
  for (const section of SECTIONS.slice(first)) {
    const numbers = section === from?.section ? from.numbers : [];
    if (section === "archive" || section === "store") yield* reportsOf(store, whose, section, keyOf(numbers));
    else yield* listed(section, itemsOf(store, whose, section), numbers[0] ?? 0);
  }
}

function keyOf([week, revision]: readonly number[]): ReportKey | null {
  return week === undefined || revision === undefined ? null : { week, revision };
}

function* reportsOf(
  store: Store,
  { installation, id }: Whose,
  section: "archive" | "store",
  after: ReportKey | null,
): IterableIterator<Placed> {
  if (section === "archive") {
    for (const report of store.archive.reports(installation, after))
      yield { item: archivedItem(report), cursor: `archive.${report.week}.${report.revision}` };
    return;
  }
  for (const { key, ...item } of store.reader.data.reports(id, after))
    yield { item, cursor: `store.${key.week}.${key.revision}` };
}

function archivedItem({ period, revision, sha256, signature, stored_at, bytes }: ArchivedReport): RightsItem {
  return {
    kind: "report",
    period,
    revision,
    sha256,
    signature,
    place: bytes === null ? "superseded" : "archive",
    stored_at,
    ...(bytes === null ? {} : { text: bytes.toString("utf8") }),
  };
}

function* listed(section: Section, items: readonly RightsItem[], from: number): IterableIterator<Placed> {
  for (const [index, item] of items.slice(from).entries())
    yield { item, cursor: `${section}.${from + index + 1}` };
}

function itemsOf(
  { reader }: Store,
  { id }: Whose,
  section: Exclude<Section, "archive" | "store">,
): readonly RightsItem[] {
  switch (section) {
    case "quarantine":
      return reader.data.quarantined(id);
    case "conflict":
      return reader.data.conflicts(id);
    case "request":
      return reader.rights.requests(id).map(({ action, via, received_at, outcome }) => ({
        kind: "request",
        action,
        via,
        at: instant(received_at),
        outcome,
      }));
    case "policy": {
      const agreed = reader.rights.consents(id).map(({ policy }) => policy);
      // A report says what was agreed to also where the statement of it never came.
      const versions = [...new Set([...agreed, ...reader.data.policies(id)])].sort((a, b) => a - b);
      return versions.flatMap((version): RightsItem[] => {
        const published = reader.policies.get(version);
        const policy = published === null ? null : checkedPolicyText(published.document);
        if (policy === null) return [];
        const { scope, effective, text, sha256 } = policy;
        return [{ kind: "policy", version, scope, effective, sha256, text }];
      });
    }
    default:
      return section satisfies never;
  }
}

function instant(seconds: number): string {
  return formatInstant(new Date(seconds * 1000));
}
