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
    if (section === "report") yield* reportsOf(store, whose, keyOf(numbers));
    else yield* listed(section, itemsOf(store, whose, section), numbers[0] ?? 0);
  }
}

function keyOf([week, revision]: readonly number[]): ReportKey | null {
  return week === undefined || revision === undefined ? null : { week, revision };
}

/**
 * Store and archive in one order, each report once. What is too old moves from the one to the other
 * between two parts, or while another collector answers: it is put into the archive first, so whoever
 * looks there after having looked into the store finds it in one of them, or in both.
 */
function* reportsOf(
  { reader, archive }: Store,
  { installation, id }: Whose,
  after: ReportKey | null,
): IterableIterator<Placed> {
  let last = after;
  for (;;) {
    const stored = reader.data.reports(id, last);
    const end = stored.at(-1)?.key;
    const found: Found[] = stored.map(({ key, ...item }) => ({ key, item }));
    for (const report of archive.reports(installation, last)) {
      const one = { key: { week: report.week, revision: report.revision }, item: archivedItem(report) };
      if (end === undefined) yield placed(one);
      else if (order(one.key, end) > 0) break;
      else if (stored.every(({ key }) => order(key, one.key) !== 0)) found.push(one);
    }
    for (const one of found.sort((a, b) => order(a.key, b.key))) yield placed(one);
    if (end === undefined) return;
    last = end;
  }
}

type Found = { readonly key: ReportKey; readonly item: RightsItem };

function placed({ key, item }: Found): Placed {
  return { item, cursor: `report.${key.week}.${key.revision}` };
}

function order(a: ReportKey, b: ReportKey): number {
  return a.week - b.week || a.revision - b.revision;
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
  section: Exclude<Section, "report">,
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
