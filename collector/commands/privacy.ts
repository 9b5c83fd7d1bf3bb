/** `mailcensus collector privacy record|assessment`: what the GDPR asks an operator to have in writing. */
import type { CommandContext, CommandRun } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { loadRunConfig } from "../config.ts";
import { impactAssessment, processingRecord } from "../privacy/documents.ts";

const DOCUMENTS = { record: processingRecord, assessment: impactAssessment } as const;

export const run: CommandRun = async (context) => {
  const write = documentOf(context);
  const { operator, contract, broker, topology, guard, retention } = await loadRunConfig(context.configFile);
  const markdown = write({
    operator,
    contract,
    retention,
    tls: broker.servers.every((server) => /^(tls|wss):/.test(server)),
    replicas: topology.replicas,
    allowList: guard.allowFile !== undefined,
    on: context.now().toISOString().slice(0, 10),
  });
  context.write(context.json ? `${JSON.stringify({ markdown })}\n` : markdown);
  return 0;
};

function documentOf({ positionals }: CommandContext): (typeof DOCUMENTS)[keyof typeof DOCUMENTS] {
  const [name, ...more] = positionals;
  if (more.length === 0 && (name === "record" || name === "assessment")) return DOCUMENTS[name];
  throw new MailcensusError("usage", "Name one document: record or assessment.");
}
