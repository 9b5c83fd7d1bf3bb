/** Cuts a stream of bytes into lines, with a bound, and without losing any silently. */
import { StringDecoder } from "node:string_decoder";
import type { Reason } from "../facts.ts";
import type { Handler } from "./outcome.ts";

/** In UTF-16 code units. Alias lines with thousands of members are shorter. */
export const MAX_LINE = 256 * 1024;

/** What invalid UTF-8 becomes; sources refuse a name that holds it. */
export const REPLACEMENT = "\u{FFFD}";

/** `push` and `end` give the reason to stop, or undefined. */
export type LineCutter = {
  push(chunk: Buffer): Reason | undefined;
  end(): Reason | undefined;
  /** Lines handed on so far. */
  readonly count: number;
};

export function lineCutter(onLine: Handler<string>, maxLine = MAX_LINE): LineCutter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let count = 0;

  const hand = (line: string): Reason | undefined => {
    if (line.length > maxLine) return "malformed";
    count += 1;
    return onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  };
  const take = (text: string): Reason | undefined => {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      const line = from === 0 ? rest + text.slice(0, end) : text.slice(from, end);
      rest = "";
      from = end + 1;
      const reason = hand(line);
      if (reason !== undefined) return reason;
    }
    rest = from === 0 ? rest + text : text.slice(from);
    return rest.length > maxLine ? "malformed" : undefined;
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      const reason = take(decoder.end());
      if (reason !== undefined || rest === "") return reason;
      const last = rest;
      rest = "";
      return hand(last);
    },
    get count() {
      return count;
    },
  };
}
