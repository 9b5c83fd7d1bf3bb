/** A document with something put at each of its places, one after the other. Pure. */
import { isObject, placesOf, withMember, withRenamed, withValue } from "#support/places.ts";

export type Placed = {
  /** Where and how, in the document's own words: for a test's message. */
  readonly where: string;
  readonly document: unknown;
};

/**
 * Every value replaced, every list with an element more at either end, every object with a key more, every
 * key renamed.
 */
export function* placedEverywhere(document: unknown, identifier: string | number): Generator<Placed> {
  const key = String(identifier);
  for (const { path, value } of placesOf(document)) {
    const pointer = `/${path.join("/")}`;
    const put = (how: string, other: unknown): Placed => ({
      where: `${how} ${pointer}`,
      document: withValue(document, path, other),
    });
    yield put("replaced", identifier);
    if (Array.isArray(value)) {
      yield put("first in", [identifier, ...value]);
      yield put("last in", [...value, identifier]);
    } else if (isObject(value)) {
      yield put("a key in", withMember(value, key, 1));
      yield put("key and value in", withMember(value, key, identifier));
      for (const from of Object.keys(value))
        yield put(`instead of ${from} in`, withRenamed(value, from, key));
    }
  }
}
