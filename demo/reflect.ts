/**
 * What `@peculiar/x509` asks of an old proposal for metadata (its documentation names polyfills): a
 * place to keep a value by class and key. Imported before it.
 */
type Key = object | string | symbol;

const kept = new WeakMap<object, Map<Key, unknown>>();

function define(key: Key, value: unknown, target: object): void {
  const own = kept.get(target) ?? new Map<Key, unknown>();
  kept.set(target, own.set(key, value));
}

function getOwn(key: Key, target: object): unknown {
  return kept.get(target)?.get(key);
}

function get(key: Key, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (kept.get(at)?.has(key) === true) return getOwn(key, at);
  }
  return undefined;
}

Object.assign(Reflect, { defineMetadata: define, getOwnMetadata: getOwn, getMetadata: get });
