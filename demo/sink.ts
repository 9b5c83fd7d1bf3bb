/** The demonstration's mail server: takes every message and keeps it as `.eml`, opened by any mail program. */

import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { writeAtomic } from "#schemas/common/files.ts";
import { sha256 } from "#schemas/envelope.ts";

/** A message's largest size, in bytes: a report in base64 with its summary. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

export class MailSink implements AsyncDisposable {
  readonly folder: string;
  readonly #server: SMTPServer;

  private constructor(folder: string, server: SMTPServer) {
    this.folder = folder;
    this.#server = server;
  }

  /** Listens on loopback. */
  static async start(folder: string, port: number): Promise<MailSink> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let kept = (await readdir(folder)).length;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      disableReverseLookup: true,
      size: MAX_MESSAGE_BYTES,
      onData(stream, _session, done) {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          kept += 1;
          writeAtomic(join(folder, `${String(kept).padStart(5, "0")}.eml`), Buffer.concat(chunks)).then(
            () => done(),
            (error: Error) => done(error),
          );
        });
      },
    });
    server.on("error", () => undefined);
    const listening = once(server.server, "listening");
    server.listen(port, "127.0.0.1");
    await listening;
    return new MailSink(folder, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** A kept copy: its file and the SHA-256 of the attachment as a mail program would save it. */
export type KeptCopy = { readonly file: string; readonly sha256: string };

/** The newest kept message whose attachment `report.json` has this name and hash, parsed back out of the `.eml`. */
export async function findCopy(folder: string, wanted: string): Promise<KeptCopy | null> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort();
  for (const name of files.reverse()) {
    const file = join(folder, name);
    const message = await simpleParser(await readFile(file));
    for (const attachment of message.attachments) {
      if (attachment.filename !== "report.json") continue;
      const found = sha256(attachment.content).toString("hex");
      if (found === wanted) return { file, sha256: found };
    }
  }
  return null;
}
