/** Looks for canaries in bytes: all forms of all of them in one pass. */
import type { Canary } from "./canaries.ts";
import { foldAscii, type Needle, needlesOf } from "./leak-forms.ts";
import { viewsOf } from "./leak-views.ts";

/** A canary that was found; `how` says what had to be unpacked to see it. */
export type Hit = { readonly place: string; readonly form: string; readonly how: string };

/** Bits of the hash of four bytes. */
const BITS = 20;

type Table = { readonly bitmap: Uint8Array; readonly buckets: Map<number, Needle[]> };

export class Searcher {
  readonly #folded: Table;
  readonly #exact: Table;
  readonly needles: readonly Needle[];

  constructor(canaries: readonly Canary[]) {
    this.needles = canaries.flatMap(needlesOf);
    this.#folded = tableOf(this.needles.filter(({ folded }) => folded));
    this.#exact = tableOf(this.needles.filter(({ folded }) => !folded));
  }

  /** The forms that stand in the bytes as they are: nothing is unpacked or decoded. */
  needlesIn(bytes: Buffer): ReadonlySet<Needle> {
    return new Set([...scan(this.#folded, foldAscii(bytes)), ...scan(this.#exact, bytes)]);
  }

  /** Each canary in each form, once. */
  find(bytes: Buffer): readonly Hit[] {
    const hits = new Map<string, Hit>();
    for (const view of viewsOf(bytes)) {
      for (const needle of this.needlesIn(view.bytes)) {
        const hit = { place: needle.canary.place, form: needle.form, how: view.how };
        hits.set(`${hit.place}\n${hit.form}\n${hit.how}`, hit);
      }
    }
    return [...hits.values()];
  }
}

function tableOf(needles: readonly Needle[]): Table {
  const bitmap = new Uint8Array(1 << BITS);
  const buckets = new Map<number, Needle[]>();
  for (const needle of needles) {
    const key = hashOf(needle.bytes.readUInt32LE(0));
    bitmap[key] = 1;
    buckets.set(key, [...(buckets.get(key) ?? []), needle]);
  }
  return { bitmap, buckets };
}

function hashOf(four: number): number {
  return Math.imul(four, 0x9e3779b1) >>> (32 - BITS);
}

function scan({ bitmap, buckets }: Table, bytes: Buffer): ReadonlySet<Needle> {
  const found = new Set<Needle>();
  let four = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  for (let at = 0; at + 4 <= bytes.length; at++) {
    const key = hashOf(four);
    if (bitmap[key] === 1) {
      for (const needle of buckets.get(key) ?? []) {
        if (
          bytes.compare(
            needle.bytes,
            0,
            needle.bytes.length,
            at,
            Math.min(bytes.length, at + needle.bytes.length),
          ) === 0
        )
          found.add(needle);
      }
    }
    four = (four >>> 8) | ((bytes[at + 4] ?? 0) << 24);
  }
  return found;
}
