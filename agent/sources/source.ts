/** What a source is: something that reads one server's own words and tells facts. */
import type { Emit, SourceName } from "../facts.ts";
import type { Ports } from "../ports/index.ts";
import type { SourceRole } from "../tally.ts";

export type SourceContext = {
  readonly ports: Ports;
  readonly emit: Emit;
  readonly signal: AbortSignal;
};

export type MailSource = {
  readonly name: SourceName;
  /** What its server does; who tells of what is decided by this alone. */
  readonly role: SourceRole;
  /**
   * Tells what there is to tell, and of the rest why not (`unknown`). A failure of a part is a fact;
   * a rejection means that the source itself is broken.
   */
  read(context: SourceContext): Promise<void>;
};
