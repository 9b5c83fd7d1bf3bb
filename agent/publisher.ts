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

/** What else the collector is asked, besides receipts. */
export type Service = "rights" | "policy";

/** An answer as it came in, or the rule by which the collector gives none. */
export type ServiceAnswer = (RawAnswer & { readonly refused: null }) | { readonly refused: string };

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
  /**
   * Asks another of the collector's services.
   * @param signature over a request, as headers hold it; null where what is asked isn't signed
   * @throws MailcensusError `answer-missing` where nobody answers, `broker-refused`, `shutting-down`
   */
  call(service: Service, question: Uint8Array, signature: string | null): Promise<ServiceAnswer>;
}

export interface Publisher {
  /** @throws MailcensusError `broker-unreachable`, `broker-refused`, `shutting-down` */
  connect(signal: AbortSignal): Promise<Connection>;
}
