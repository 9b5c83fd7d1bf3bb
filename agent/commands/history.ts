/** `mailcensus agent history`: what was sent, and what became of it. */
import type { CommandRun } from "#schemas/common/command.ts";
import { openAgent, writeJson, writeLines } from "./open.ts";

export const run: CommandRun = async (context) => {
  const { agent } = await openAgent(context);
  const history = await agent.history();
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
    writeJson(context, { reports });
  } else if (history.length === 0) {
    writeLines(context, ["No report has been settled yet."]);
  } else {
    writeLines(
      context,
      history.map(({ period, revision, sha256, state, binding }) =>
        [period, `r${revision}`, binding.level.padEnd(6), state.padEnd(11), sha256].join("  "),
      ),
    );
  }
  return 0;
};
