/**
 * The places of a JSON document, and the document with one of them changed. Pure. Objects are made with
 * `Object.fromEntries`, for which `__proto__` is a key like any other.
 */

export type Step = string | number;
export type Path = readonly Step[];

export type Place = {
  readonly path: Path;
  readonly value: unknown;
};

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every value of the document with its path, the document itself first. */
export function placesOf(document: unknown): Place[] {
  const found: Place[] = [];
  const visit = (value: unknown, path: Path): void => {
    found.push({ path, value });
    if (Array.isArray(value))
      for (const [index, element] of value.entries()) visit(element, [...path, index]);
    else if (isObject(value))
      for (const [key, member] of Object.entries(value)) visit(member, [...path, key]);
  };
  visit(document, []);
  return found;
}

/** The document with what stands at `path` replaced; only what leads there is copied. */
export function withValue(document: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(document))
    return document.map((element, index) => (index === step ? withValue(element, rest, value) : element));
  if (!isObject(document)) return document;
  const members = Object.entries(document).map(([key, member]) => [
    key,
    key === step ? withValue(member, rest, value) : member,
  ]);
  return Object.fromEntries(members);
}

/** The object with one member more; a key that is there is replaced. */
export function withMember(object: Readonly<Record<string, unknown>>, key: string, member: unknown): unknown {
  return Object.fromEntries([...Object.entries(object).filter(([there]) => there !== key), [key, member]]);
}

export function withoutMember(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.fromEntries(Object.entries(object).filter(([there]) => there !== key));
}

export function withRenamed(object: Readonly<Record<string, unknown>>, from: string, to: string): unknown {
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key === from ? to : key, member]));
}
