/** What an export of another collector holds that can be taken in here. Pure. */
import { parseExport } from "#schemas/export.ts";
import { isPublicKey } from "#schemas/nkey.ts";
import { parseRightsAnswer } from "#schemas/rights.ts";

/** A report as a request carries it. */
export type CarriedReport = { readonly text: string; readonly signature: string };

export type Exported = {
  readonly installation: string;
  readonly reports: readonly CarriedReport[];
  /** Of those only hash and signature are there: a later revision stood in their place. */
  readonly without_text: number;
};

/**
 * Nothing is said of whether a report is sound: each is signed by its own installation, and is looked at
 * when it is taken in. Null where the bytes are no export, or one of its parts is none.
 */
export function readExport(bytes: Uint8Array): Exported | null {
  const file = parseExport(bytes);
  if (file === null || !isPublicKey(file.installation, "user")) return null;
  const reports: CarriedReport[] = [];
  let without_text = 0;
  for (const { text } of file.answers) {
    const answer = parseRightsAnswer(Buffer.from(text, "utf8"));
    if (answer?.state !== "done" || !("items" in answer)) return null;
    for (const item of answer.items) {
      if (item.kind !== "report") continue;
      if (item.text === undefined) without_text += 1;
      else reports.push({ text: item.text, signature: item.signature });
    }
  }
  return { installation: file.installation, reports, without_text };
}
