import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { html } from "#dashboards/html.ts";

test("html - whatever a value holds, it adds no markup and comes back whole", () => {
  assert(
    property(string({ unit: "binary" }), string(), (text, other) => {
      const made = html`<a title="${text}">${[text, other]}</a>`.toString();
      const inner = made.slice('<a title="'.length, -"</a>".length);
      expect(inner.match(/[<>]/g)).toEqual([">"]);
      expect(inner.match(/"/g)).toEqual(['"']);
      const read = (part: string): string =>
        part.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
      const [attribute = "", content = ""] = inner.split('">');
      expect(read(attribute)).toBe(text);
      expect(read(content)).toBe(text + other);
    }),
  );
});

test("html - markup within markup isn't escaped again", () => {
  expect(html`<b>${html`<i>${"&"}</i>`}</b>`.toString()).toBe("<b><i>&#38;</i></b>");
});

test("html - nothing is left of null, undefined and false; zero stays", () => {
  expect(html`${null}${undefined}${false}${0}`.toString()).toBe("0");
});

test("html - an object that only looks like markup is no value", () => {
  const forged = { toString: () => "<script>" };
  expect(() => html`${forged as unknown as string}`.toString()).toThrow(TypeError);
});
