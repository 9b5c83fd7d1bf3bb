/** `mailcensus schema prove [FILE]`: the proof, or the counter-examples, and what is not proved. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandContext, type CommandRun, textFlag } from "#schemas/common/command.ts";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import { canonicalBytes } from "../canonical.ts";
import { MAX_SCHEMA_BYTES, readBounded } from "../common/bounded.ts";
import { sha256 } from "../envelope.ts";
import type { Verdict } from "../proof/findings.ts";
import type { Json } from "../proof/keywords.ts";
import { prove } from "../proof/prove.ts";
import { proofText } from "../proof/text.ts";
import { releaseOf } from "../releasing/compare.ts";
import { contractOfFlag } from "./contract-flag.ts";

const OWN = fileURLToPath(new URL("../report.v1.schema.json", import.meta.url));
const EXIT = { proved: 0, refuted: 1, undecidable: 2 } as const satisfies Record<Verdict, number>;

export const run: CommandRun = async (context) => {
  const path = pathOf(context);
  const vendor = textFlag(context, "vendor");
  const bytes = vendor === undefined ? await bytesOf(path) : await composedBytes(vendor);
  const schema = schemaIn(bytes);
  const begun = context.now().getTime();
  const proof = prove(schema);
  const seconds = (context.now().getTime() - begun) / 1000;
  const about = {
    release: releaseOf(schema),
    sha256: sha256(bytes).toString("hex"),
    seconds,
  };
  if (context.json) context.write(`${JSON.stringify({ ...about, ...proof }, null, 2)}\n`);
  else
    context.write(
      proofText(proof, {
        name: vendor === undefined && path === "-" ? "standard input" : basename(vendor ?? path),
        ...about,
      }),
    );
  return EXIT[proof.verdict];
};

function pathOf({ positionals, flags }: CommandContext): string {
  if (positionals.length > 0 && flags["vendor"] !== undefined)
    throw new MailcensusError("usage", "Give a schema or --vendor FILE, not both of them.");
  if (positionals.length > 1) {
    throw new MailcensusError("usage", "Give one schema: mailcensus schema prove [FILE].");
  }
  return positionals[0] ?? OWN;
}

/** The report's schema with what a vendor's file adds: what its agents and collector go by. */
async function composedBytes(file: string): Promise<Buffer> {
  return canonicalBytes((await contractOfFlag(file)).document);
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readBounded(path, MAX_SCHEMA_BYTES);
  } catch (cause) {
    throw new MailcensusError(
      "document-unreadable",
      `The schema can't be read (${errorCode(cause) ?? "unknown"}): give the path of a JSON Schema file.`,
      { cause },
    );
  }
}

function schemaIn(bytes: Buffer): Json {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json;
  } catch {
    // The parser's own sentence quotes what it read.
    throw new MailcensusError("document-unreadable", "The schema isn't JSON in UTF-8: correct the file.");
  }
}
