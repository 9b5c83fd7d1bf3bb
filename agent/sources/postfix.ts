/** Postfix: the mail transfer agent. */
import { resolve } from "node:path";
import type { PostfixConfig } from "#schemas/generated/config.gen.ts";
import { METRIC_OF } from "../facts.ts";
import { countPostfix } from "./postfix-count.ts";
import { emitFeatures, emitUnknownFeatures } from "./postfix-features.ts";
import { readSettings } from "./postfix-settings.ts";
import type { MailSource, SourceContext } from "./source.ts";

const DEFAULT_FOLDER = "/etc/postfix";

/** @param config paths in it relative to the working folder */
export function postfixSource(config: PostfixConfig): MailSource {
  return { name: "postfix", role: "mta", read: (context) => read(config, context) };
}

async function read(config: PostfixConfig, { ports, emit, signal }: SourceContext): Promise<void> {
  const folder = resolve(config.config ?? DEFAULT_FOLDER);
  const settings = await readSettings(config, folder, ports, signal);
  if (!settings.ok) {
    const { reason } = settings;
    emit({ kind: "unknown", metric: "components", reason });
    emitUnknownFeatures(reason, emit);
    for (const quantity of ["domains", "mailboxes", "aliases", "lists"] as const)
      emit({ kind: "unknown", metric: METRIC_OF[quantity], reason });
    return;
  }
  const { parameters, services, version, tools } = settings.value;
  emit({ kind: "component", role: "mta", name: "postfix", ...(version === undefined ? {} : { version }) });
  emitFeatures(parameters, services, emit);
  const textToo = (config.tools ?? "auto") === "auto";
  await countPostfix({ ports, signal, folder, tools, textToo }, parameters, emit);
}
