// @ts-check

/**
 * The first dotted version in a text such as "nats-server: v2.15.1" or "v24.21.0".
 * @param {string} text
 * @returns {string | undefined}
 */
export function parseVersion(text) {
  return /(?<![\d.])\d+\.\d+\.\d+(?![\d.])/.exec(text)?.[0];
}

/**
 * Compares two dotted versions number by number (2.9 is older than 2.10).
 * @param {string} a
 * @param {string} b
 * @returns {number} below, at or above 0, as for Array.sort
 */
export function compareVersions(a, b) {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
