/** Markup that is escaped by construction: the only way to make {@link Html} is this template. */

/** Text that is markup already. */
export class Html {
  readonly #text: string;
  constructor(strings: TemplateStringsArray, values: readonly Value[]) {
    let text = strings[0] ?? "";
    for (const [index, value] of values.entries()) text += render(value) + (strings[index + 1] ?? "");
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** What can stand in a template; null, undefined and false leave nothing. */
export type Value = Html | string | number | null | undefined | false | readonly Value[];

/**
 * Makes markup; every value is escaped unless it came from this template itself. Values stand in
 * text or in quoted attributes, never in tag names, scripts or styles.
 */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(strings, values);
}

/** Text as markup holds it, in an element or a quoted attribute. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function render(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "object") return value.map(render).join("");
  return escapeText(String(value));
}
