/** A real SMTP server on a free loopback port that keeps each message as it came. */
import { once } from "node:events";
import { SMTPServer } from "smtp-server";

export type Mail = {
  /** The envelope's. */
  readonly from: string;
  readonly to: readonly string[];
  /** The message as it came, an `.eml`. */
  readonly raw: Buffer;
};

export class TestSmtp implements AsyncDisposable {
  readonly messages: Mail[] = [];
  readonly port: number;
  /** Answers every message with a temporary failure until told otherwise. */
  refusing = false;
  /** How many connections have been opened. */
  connections = 0;
  readonly #server: SMTPServer;
  #waiting: (() => void)[] = [];

  private constructor(server: SMTPServer, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** @param port 0 for a free one */
  static async start(port = 0): Promise<TestSmtp> {
    let kept: TestSmtp | undefined;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      disableReverseLookup: true,
      onConnect(_session, done) {
        if (kept !== undefined) kept.connections += 1;
        done();
      },
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          if (kept === undefined || kept.refusing) {
            done(Object.assign(new Error("try again later"), { responseCode: 451 }));
            return;
          }
          const { mailFrom, rcptTo } = session.envelope;
          kept.#keep({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks),
          });
          done();
        });
      },
    });
    server.on("error", () => undefined);
    const listening = once(server.server, "listening");
    server.listen(port, "127.0.0.1");
    await listening;
    const address = server.server.address();
    if (typeof address !== "object" || address === null) throw new Error("the SMTP server has no port");
    kept = new TestSmtp(server, address.port);
    return kept;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Settles when so many messages have come. */
  async received(count: number): Promise<readonly Mail[]> {
    while (this.messages.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #keep(mail: Mail): void {
    this.messages.push(mail);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
