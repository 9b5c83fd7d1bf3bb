/** `mailcensus collector policy list`: what was published, the oldest first. */
import type { CommandRun } from "#schemas/common/command.ts";
import { parsePublished, policyTextSha256 } from "#schemas/policies.ts";
import { loadStoreUrl } from "../config.ts";
import { openStore } from "../store/index.ts";

export const run: CommandRun = async (context) => {
  await using store = await openStore(await loadStoreUrl(context.configFile), "read");
  const rows = [...store.reader.policies.all(), ...store.reader.policies.notices(0)];
  const published = rows.flatMap(({ document }) => parsePublished(document) ?? []);
  const policies = published.filter((one) => one.kind === "policy");
  const notices = published.filter((one) => one.kind === "notice");
  if (context.json) {
    const withHash = <One extends { readonly text: string }>({ text, ...said }: One) => ({
      ...said,
      sha256: policyTextSha256(text),
    });
    context.write(
      `${JSON.stringify({ policies: policies.map(withHash), notices: notices.map(withHash) })}\n`,
    );
    return 0;
  }
  const lines = [
    ...policies.map(
      ({ version, scope, effective, published_at, summary }) =>
        `Policy ${version}, scope ${scope}, from ${effective} on, published ${published_at}: ${summary}`,
    ),
    ...notices.map(
      ({ number, about, published_at, summary }) =>
        `Notice ${number}, ${about}, published ${published_at}: ${summary}`,
    ),
  ];
  context.write(lines.length === 0 ? "Nothing was published yet.\n" : `${lines.join("\n")}\n`);
  return 0;
};
