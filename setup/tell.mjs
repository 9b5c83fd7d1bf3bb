// @ts-check

/**
 * Tells one sentence of set-up on stderr. Set-up never writes to stdout: that belongs to the
 * command it prepares, whose `--json` output must stay one JSON object.
 * @param {string} sentence
 */
export function tell(sentence) {
  process.stderr.write(`setup: ${sentence}\n`);
}

/**
 * Tells that `what` begins, does it, and tells how long it took. A failure passes through untold:
 * whoever catches it knows what it means.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  tell(`${what} …`);
  const began = performance.now();
  const result = await work();
  tell(`… done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}
