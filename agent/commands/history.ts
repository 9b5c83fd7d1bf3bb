/** `mailcensus agent history`: what was sent, and what became of it. */
import type { CommandRun } from "#schemas/common/command.ts";
import { requestLine } from "./asked.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const history = await agent.history();
  const requests = await agent.rights.list();
  if (context.json) {
    const reports = history.map(
      ({ period, revision, sha256, state, made_at, published_at, settled_at, binding }) => ({
        period,
        revision,
        sha256,
        state,
        level: binding.level,
        purposes: binding.purposes,
        made_at,
        published_at,
        settled_at,
      }),
    );
    writeJson(context, {
      reports,
      requests: requests.map(({ action, sha256, made_at, answer }) => ({
        action,
        sha256,
        made_at,
        state: answer?.state ?? "waiting",
        answered_at: answer?.at ?? null,
      })),
    });
  } else if (history.length + requests.length === 0) {
    writeLines(context, ["No report has been settled yet."]);
  } else {
    writeLines(context, [
      ...history.map(({ period, revision, sha256, state, binding }) =>
        [period, `r${revision}`, binding.level.padEnd(6), state.padEnd(11), sha256].join("  "),
      ),
      ...requests.map((meta) => requestLine(meta, context.now())),
    ]);
  }
  return 0;
};
