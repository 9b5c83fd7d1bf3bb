/** Who and which rights, as the notice, `enable` and access answers say it. Pure. */

/** How one complains, where it isn't told who the authority is. */
export const AT_THE_AUTHORITY = "at the authority that is named beside the operator";

/** Each right, and the commands by which it is exercised. */
export const RIGHTS = [
  ["to see what is stored", "mailcensus agent rights access"],
  ["to take it elsewhere", "mailcensus agent rights export; mailcensus agent rights transfer --to FILE"],
  ["to have it corrected", "mailcensus agent rights correct"],
  ["to object to offers", "mailcensus agent rights object"],
  ["to have it erased", "mailcensus agent rights erase"],
  ["to withdraw consent at any time", "mailcensus agent rights withdraw"],
  ["to complain to the supervisory authority", AT_THE_AUTHORITY],
] as const;

/** Who receives the reports: `name` is the controller; what isn't known is left out. */
export type NoticeOperator = {
  readonly name: string;
  readonly contact: string;
  readonly data_protection_officer?: string | undefined;
  readonly recipients?: readonly string[] | undefined;
  readonly region?: string | undefined;
  readonly authority?: string | undefined;
};

/** What is known of who receives the reports, a label each. */
export function operatorRows(operator: NoticeOperator): readonly (readonly [label: string, said: string])[] {
  const { name, contact, data_protection_officer, recipients, region, authority } = operator;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Controller", name],
    ["Contact", contact],
    ["Data-protection officer", data_protection_officer],
    ["Recipients", recipients === undefined ? undefined : recipients.join("; ") || "nobody else"],
    ["Region", region],
    ["Supervisory authority", authority],
  ];
  return rows.flatMap(([label, said]) => (said === undefined ? [] : [[label, said] as const]));
}
