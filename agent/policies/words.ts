/** What `status` says of policies and notices. Pure. */
import type { OfferedView } from "./news.ts";
import type { PolicyStatus } from "./view.ts";

export function policySentences({ offered_policy, notices, untold }: PolicyStatus): string[] {
  return [
    ...(offered_policy === null ? [] : offeredSentences(offered_policy)),
    ...notices.map(
      ({ number, about, summary, published_at }) =>
        `${about === "breach" ? "Notice of a BREACH" : "Notice"} (number ${number}, ${published_at}): ${summary} mailcensus agent notices shows it, mailcensus agent notices --read takes it off here.`,
    ),
    ...(untold.pending === 0
      ? []
      : [
          `Mail to [admin] contact waiting: ${untold.pending}${untold.failing_since === null ? "" : `, failing since ${untold.failing_since} [${untold.error}]`}.`,
        ]),
  ];
}

function offeredSentences({ version, effective, summary, adds, lines }: OfferedView): string[] {
  const when = effective === null ? "" : `, in effect from ${effective} on`;
  const more =
    adds.length === 0 ? "It adds nothing to the report." : `It adds to the report: ${adds.join(", ")}.`;
  const text =
    lines === null
      ? ""
      : ` Lines of its text: ${lines.added} new, ${lines.removed} gone (mailcensus agent policy diff).`;
  return [
    `Policy ${version} waits for you${when}${summary === null ? "" : `: ${summary}`}`,
    `${more}${text}`,
    "Reports stay as the policy agreed to has them until you choose: mailcensus agent agree shows what is new and asks, mailcensus agent disable stops.",
  ];
}
