/** Days and instants as people give them on the command line. Pure. */

export const WHEN_EXPECTED =
  "expected a date (2026-11-25) or an instant (2026-11-25T10:00:00Z), found something else";

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A day is its first instant in UTC; null where the text is neither. */
export function parseWhen(text: string): Date | null {
  const at = new Date(text);
  return ISO.test(text) && !Number.isNaN(at.getTime()) ? at : null;
}
