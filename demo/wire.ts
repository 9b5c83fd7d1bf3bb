/** Looks at what passes on the wire: the collector's own account sees reports as they come. */
import { readFile } from "node:fs/promises";
import { connect, credsAuthenticator, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import { MailcensusError } from "#schemas/common/errors.ts";
import { sha256 } from "#schemas/envelope.ts";
import { REPORT_SUBJECTS, speakerOf } from "#schemas/subjects.ts";
import type { Layout, Ports } from "./layout.ts";

export class Wire implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #reports: Subscription;

  private constructor(connection: NatsConnection, reports: Subscription) {
    this.#connection = connection;
    this.#reports = reports;
  }

  static async watch(layout: Layout, ports: Ports): Promise<Wire> {
    const connection = await connect({
      servers: `127.0.0.1:${ports.broker}`,
      authenticator: credsAuthenticator(await readFile(layout.broker.credentials)),
      name: "demonstration: the wire",
      tls: { caFile: layout.broker.tls.ca },
    });
    const reports = connection.subscribe(REPORT_SUBJECTS);
    await connection.flush();
    return new Wire(connection, reports);
  }

  /**
   * The SHA-256 of the next report that this installation sends, of the bytes as they passed.
   * @throws MailcensusError `chain-broken` where none passes before `signal` ends
   */
  async nextReport(installation: string, signal: AbortSignal): Promise<string> {
    const stop = (): void => this.#reports.unsubscribe();
    signal.addEventListener("abort", stop, { once: true });
    for await (const message of this.#reports) {
      if (speakerOf(message.subject) === installation) return sha256(message.data).toString("hex");
    }
    throw new MailcensusError("chain-broken", "No report passed on the wire.", { cause: signal.reason });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
