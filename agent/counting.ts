/** Counts the server that the configuration describes, into a report. */
import { configPath, type LoadedConfig } from "#schemas/common/config.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import type { Contract } from "#schemas/contract.ts";
import type { ReportV1 } from "#schemas/report.ts";
import { count } from "./count.ts";
import { createPorts } from "./ports/index.ts";
import { buildReport, type ReportHead } from "./report.ts";
import { sourcesOf } from "./sources/index.ts";

export type { ReportHead };

/** What was counted, under this head. @throws MailcensusError `shutting-down` */
export type CountReport = (head: ReportHead, signal: AbortSignal) => Promise<ReportV1>;

export function countReport(loaded: LoadedConfig, contract: Contract): CountReport {
  const exclude = loaded.config.agent?.exclude_domains ?? [];
  const sources = sourcesOf(loaded.config.sources ?? {}, (path) => configPath(loaded, path), contract);
  return async (head, signal) => {
    try {
      return buildReport(await count(sources, createPorts(), signal), head, { exclude, contract });
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new MailcensusError("shutting-down", "Ended by a signal while counting: nothing was kept.", {
        cause,
      });
    }
  };
}
