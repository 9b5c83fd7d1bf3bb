/** Sends carbon copies over SMTP. Nothing of an address reaches an error. */
import { Socket } from "node:net";
import { createTransport } from "nodemailer";
import { errorCode, MailcensusError } from "#schemas/common/errors.ts";
import type { CopyMessage } from "./copy-message.ts";

/** Gives a message to a mail server. @throws MailcensusError `copy-failed`, `shutting-down` */
export type Mailer = (message: CopyMessage, signal: AbortSignal) => Promise<void>;

export type SmtpOptions = {
  /** smtp://host:port or smtps://host:port */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
};

/** In milliseconds: for connecting, for the greeting, and for a silence later. */
const WAITS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

export function smtpMailer(options: SmtpOptions): Mailer {
  return (message, signal) => mail(options, message, signal);
}

async function mail(options: SmtpOptions, message: CopyMessage, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw shuttingDown();
  // Our own, so that a signal can end it wherever the conversation is.
  const socket = new Socket();
  const onAbort = (): void => void socket.destroy();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(shuttingDown()), { once: true });
  });
  aborted.catch(() => undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const transport = createTransport(transportOptions(options, socket));
    await Promise.race([transport.sendMail(envelopeOf(message)), aborted]);
  } catch (cause) {
    if (cause instanceof MailcensusError) throw cause;
    throw new MailcensusError(
      "copy-failed",
      `The mail server doesn't take the carbon copy (${errorCode(cause) ?? "unknown"}): check the section [copy]; the copy stays in its outbox, and the report goes its own way.`,
      { cause },
    );
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

function transportOptions({ url, user, password }: SmtpOptions, socket: Socket) {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === "smtps:";
  const host = hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    port: port === "" ? (secure ? 465 : 25) : Number(port),
    secure,
    socket,
    // On the machine itself nothing can listen in, and local servers have certificates of their own making.
    ignoreTLS: !secure && ["localhost", "127.0.0.1", "::1"].includes(host),
    // The greeting would otherwise name the machine.
    name: "mailcensus.invalid",
    disableFileAccess: true,
    disableUrlAccess: true,
    ...WAITS,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
  };
}

function envelopeOf({ to, from, subject, messageId, date, headers, text, html, attachment }: CopyMessage) {
  const { filename, contentType, content } = attachment;
  return {
    to,
    from,
    subject,
    messageId,
    date,
    headers: { ...headers },
    text,
    html,
    // base64, so that no line ending on the way can change a byte.
    attachments: [
      {
        filename,
        contentType,
        content,
        contentTransferEncoding: "base64" as const,
        contentDisposition: "attachment" as const,
      },
    ],
  };
}

function shuttingDown(): MailcensusError {
  return new MailcensusError("shutting-down", "Ended by a signal: the carbon copy stays in its outbox.");
}
