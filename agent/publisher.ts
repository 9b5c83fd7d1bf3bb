/** The port through which reports leave. Whoever opens a connection closes it. */

export type Publication = {
  readonly bytes: Uint8Array;
  /** In hexadecimal. */
  readonly sha256: string;
  /** As headers hold it. */
  readonly signature: string;
};

/** An answer as it came in: nothing of it has been checked. */
export type RawAnswer = {
  readonly bytes: Uint8Array;
  readonly signature: string;
  /** How the collector's key came from former ones, as the header holds it; empty where it says nothing. */
  readonly keys?: string;
};

export interface Connection extends AsyncDisposable {
  /**
   * Gives a report to the broker and waits until the broker has it.
   * @throws MailcensusError `broker-unreachable`, `broker-refused`, `broker-storage`, `shutting-down`
   */
  publish(publication: Publication): Promise<void>;
  /**
   * Asks the collector.
   * @param waitMs for how long the collector may hold the question
   * @throws MailcensusError `receipt-missing` where nobody answers, `broker-refused`, `shutting-down`
   */
  ask(question: Uint8Array, waitMs: number): Promise<RawAnswer>;
}

export interface Publisher {
  /** @throws MailcensusError `broker-unreachable`, `broker-refused`, `shutting-down` */
  connect(signal: AbortSignal): Promise<Connection>;
}
