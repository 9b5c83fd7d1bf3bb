/** Pages without figures: what happened, and what to do. */
import { type Html, html } from "../html.ts";
import { type Owner, page } from "./document.ts";

export type Message = {
  readonly title: string;
  readonly sentence: string;
  /** A command that helps. */
  readonly command?: string;
  readonly link?: { readonly href: string; readonly name: string };
};

export function messagePage({ title, sentence, command, link }: Message, owner: Owner): Html {
  return page({
    ...owner,
    title,
    content: html`<div class="message"><h1>${title}</h1><p>${sentence}</p>${command !== undefined && html`<pre><code>${command}</code></pre>`}${link !== undefined && html`<p><a href="${link.href}">${link.name}</a></p>`}</div>`,
  });
}

export const MESSAGES = {
  empty: {
    title: "No reports yet",
    sentence:
      "The store is ready, and no installation has reported so far. Enable an agent and send its first report; this page shows it at once.",
    command: "mailcensus agent enable\nmailcensus agent send",
    link: { href: "/", name: "Look again" },
  },
  /** Its sentence is the error's own. */
  "no-store": {
    title: "The store can’t be read",
    command: "mailcensus collector run",
    link: { href: "/", name: "Look again" },
  },
  "no-period": {
    title: "No such week",
    sentence:
      "There is no report of that week. Choose one from the list on the page of the newest week; a week is written like 2026-W47.",
    link: { href: "/", name: "The newest week" },
  },
  "not-found": {
    title: "No such page",
    sentence: "Everything that there is to see stands on one page.",
    link: { href: "/", name: "The census" },
  },
  method: {
    title: "Only for reading",
    sentence: "This address answers GET and HEAD; nothing can be changed here.",
    link: { href: "/", name: "The census" },
  },
  host: {
    title: "Not under this name",
    sentence:
      "This server listens on the loopback interface and answers to localhost and 127.0.0.1 alone, so that no web page elsewhere can read it through your browser.",
  },
  internal: {
    title: "Something went wrong",
    sentence: "The page could not be made. Please report it, with what the server's log says.",
    link: { href: "/", name: "Try again" },
  },
} as const satisfies Readonly<Record<string, Partial<Message>>>;
