/** What the admin's own commands ask: at once, and while the agent is off as well. Call all of it under the lock. */
import { canonicalText } from "#schemas/canonical.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { readIdentity } from "../identity.ts";
import { refuseWhereMoved, type Workshop } from "../workshop.ts";
import type { RequestMeta } from "./entry.ts";
import { type FarSide, noInstallation, otherFar, ownFar, withFar } from "./far.ts";
import { makeRequest, type Wish } from "./make.ts";
import { type RequestEntry, requestOf } from "./requests.ts";
import { type AskedRequest, askEach, failAll, isForSchedule } from "./round.ts";
import { recover } from "./settle.ts";

/** @throws MailcensusError `not-enabled` where there is no installation, or it goes on elsewhere */
export async function begin(shop: Workshop): Promise<void> {
  await refuseWhereMoved(shop);
  await recover(shop);
  if ((await readIdentity(shop.paths)) === null) throw noInstallation(shop.paths.folder);
}

/**
 * Asks what is wished, and before it what waits, so that nothing overtakes what was asked earlier. The same
 * wish that waits already is asked again with its own bytes.
 */
export async function act(shop: Workshop, wish: Wish, signal: AbortSignal): Promise<AskedRequest> {
  await begin(shop);
  const far = await ownFar(shop);
  const waiting = await shop.requests.waiting();
  const alike = waiting.filter((entry) => entry.meta.config === null && isSame(entry, wish));
  const same = alike.find(({ meta }) => !isHopeless(meta));
  const entry = same ?? (await makeRequest(shop, wish, far));
  for (const other of alike) if (other !== same) await shop.requests.remove(other);
  const before = waiting.filter(
    ({ meta, name }) => isForSchedule(meta) && name < entry.name && !alike.some((one) => one.name === name),
  );
  const asked = await askAll(shop, far, [...before, entry], signal);
  const mine = asked.find(({ entry: { name } }) => name === entry.name);
  if (mine === undefined) throw new TypeError("a request that was asked");
  return mine;
}

/** Asks these of one collector, and does what follows from the answers. */
export async function askAll(
  shop: Workshop,
  far: FarSide,
  entries: readonly RequestEntry[],
  signal: AbortSignal,
): Promise<AskedRequest[]> {
  const asked = await withFar(shop, far, signal, (asking) => askEach(shop, asking, entries));
  const told = asked instanceof MailcensusError ? await failAll(shop, entries, asked) : asked;
  await recover(shop);
  return told;
}

/** Asks again whatever waits, of whichever collector. */
export async function retry(shop: Workshop, signal: AbortSignal): Promise<AskedRequest[]> {
  await refuseWhereMoved(shop);
  await recover(shop);
  const waiting = await shop.requests.waiting();
  if (waiting.length === 0) return [];
  await begin(shop);
  const asked: AskedRequest[] = [];
  for (const config of new Set(waiting.map(({ meta }) => meta.config))) {
    const far = config === null ? await ownFar(shop) : await otherFar(config);
    const entries = waiting.filter(({ meta }) => meta.config === config);
    asked.push(...(await askAll(shop, far, entries, signal)));
    // Everything was erased: with the key, nobody is left who could ask.
    if ((await readIdentity(shop.paths)) === null) break;
  }
  return asked;
}

/** What its own bytes say is refused, whenever it is asked: the same wish is made anew in its place. */
function isHopeless({ failure }: RequestMeta): boolean {
  return failure !== null && HOPELESS.has(failure.rule ?? "");
}

const HOPELESS: ReadonlySet<string> = new Set(["collector", "future", "installation", "signature", "stale"]);

function isSame(entry: RequestEntry, wish: Wish): boolean {
  const { at: _, collector: __, id: ___, installation: ____, ...rest } = requestOf(entry);
  return canonicalText(rest) === canonicalText(wish);
}
