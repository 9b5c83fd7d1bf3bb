/** The document around every page: head, whose it is, what must be known before reading. */
import { type Html, html, type Value } from "../html.ts";

/** What the operator's configuration says of itself. */
export type Owner = {
  readonly operator: { readonly name: string; readonly contact: string } | null;
  readonly notice: string | null;
};

export type DocumentOptions = Owner & { readonly title: string; readonly content: Value };

export function page({ title, operator, notice, content }: DocumentOptions): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · mailcensus</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/page.css">
</head>
<body>
<a class="skip" href="#content">Skip to the figures</a>
${notice !== null && html`<p class="notice" role="note">${notice}</p>`}
<div class="page">
<header class="masthead"><a class="name" href="/"><svg class="logo" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><rect x="1" y="11" width="4" height="8"/><rect x="8" y="6" width="4" height="13"/><rect x="15" y="1" width="4" height="18"/></svg>mailcensus</a>
<p class="own"><strong>Operator’s own view:</strong> figures are not suppressed; don’t pass them on.</p></header>
<main id="content">
${content}
</main>
<footer><p>Counted by the installations themselves and sent with their admins’ consent. Each figure takes one report of an installation for the week, the newest revision. What an installation couldn’t count is unknown and stands in no sum.</p>
<p>${operator !== null && html`${operator.name}, ${operator.contact}. `}All times are UTC; weeks are ISO 8601.</p></footer>
</div>
</body>
</html>
`;
}
