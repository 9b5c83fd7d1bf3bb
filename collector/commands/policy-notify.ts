/** `mailcensus collector policy notify FILE --about breach|other --summary TEXT` */
import { randomBytes } from "node:crypto";
import { type CommandRun, textFlag } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { formatInstant } from "#schemas/period.ts";
import { type PublishedNotice, policyTextSha256, signPolicy } from "#schemas/policies.ts";
import { loadPublishing } from "../config.ts";
import { loadOrMakeCollectorIdentity } from "../identity.ts";
import { noticeFaults } from "../publication.ts";
import { openStore } from "../store/index.ts";
import { oneFile } from "./backup.ts";
import { readText } from "./policy-publish.ts";

const ABOUT = ["breach", "other"] as const satisfies readonly PublishedNotice["about"][];

export const run: CommandRun = async (context) => {
  const file = oneFile(context);
  const { storeUrl, keyFile } = await loadPublishing(context.configFile);
  const text = await readText(file);
  const summary = textFlag(context, "summary");
  const about = ABOUT.find((word) => word === textFlag(context, "about"));
  const faults = noticeFaults(text, summary);
  if (about === undefined) faults.push("--about: expected breach or other, found something else");
  if (faults.length > 0 || about === undefined || text === null || summary === undefined)
    throw new MailcensusError("usage", faults.join("\n"));
  const { id, privateKey } = await loadOrMakeCollectorIdentity(keyFile, randomBytes);
  const at = context.now();
  await using store = await openStore(storeUrl);
  const number = store.transaction(({ policies, rights }) => {
    const next = (policies.notices(0).at(-1)?.number ?? 0) + 1;
    const said = { kind: "notice", number: next, about, summary, text } as const;
    const { bytes, signature } = signPolicy(
      { ...said, published_at: formatInstant(at), collector: id },
      privateKey,
    );
    const seconds = Math.floor(at.getTime() / 1000);
    policies.notify({ number: next, published_at: seconds, document: bytes.toString("utf8"), signature });
    const detail = JSON.stringify({ number: next, about, sha256: policyTextSha256(text) });
    rights.note({ at: seconds, actor: "operator", action: "policy-notify", detail });
    return next;
  });
  if (context.json) context.write(`${JSON.stringify({ number, about })}\n`);
  else
    context.write(
      [
        `Notice ${number} is published. Agents fetch it in their next round, within a week, and tell their admins by mail and in status.`,
        "Whoever withdrew or is off isn't reached by it; write to them where you know how.",
        "",
      ].join("\n"),
    );
  return 0;
};
