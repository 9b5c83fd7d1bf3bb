/** From the packed form to the canonical text. */
import { publicId } from "#schemas/nkey.ts";
import { BitReader } from "./bits.ts";
import { takeLetter } from "./letters.ts";
import { MAX_TOKEN, primer, SHAPES, Slot, TOKEN, TOKEN_BITS, WORDS } from "./model.ts";

const shapes = primer.shapes.map((keys) => keys.map((key) => `${JSON.stringify(key)}:`));
const words = primer.words.map((word) => JSON.stringify(word));
/** No document that is taken nests so deep. */
const MAX_DEPTH = 200;

/** Unpacks one value after the other; each begins anew from the primer. */
export class Unpacker {
  readonly #root = new Slot();
  readonly #limit: number;
  #bits: BitReader;
  #document = 0;
  #depth = 0;
  #left = Number.POSITIVE_INFINITY;

  /**
   * @param primed the primer's documents as the packer wrote them
   * @param limit the longest text that it makes, in UTF-16 units
   */
  constructor(primed: Uint8Array, limit: number) {
    this.#limit = limit;
    this.#bits = new BitReader(primed);
    for (const _ of primer.documents) this.#value(this.#root);
    this.#root.keep();
  }

  /** @throws RangeError where the bytes are damaged or unfold to more than the limit */
  unpack(bytes: Uint8Array): string {
    this.#document += 1;
    this.#depth = 0;
    this.#left = this.#limit;
    this.#bits = new BitReader(bytes);
    return this.#value(this.#root);
  }

  #value(slot: Slot): string {
    slot.enter(this.#document);
    const token = this.#token(slot);
    if (token >= WORDS) return this.#spent(words[token - WORDS]);
    if (token >= SHAPES) return this.#nested(() => this.#shape(token, slot));
    switch (token) {
      case TOKEN.int:
      case TOKEN.fives: {
        const value = this.#bits.number(slot.magnitude);
        slot.learn(value);
        return this.#spent(String(token === TOKEN.int ? value : value * 5));
      }
      case TOKEN.text:
        return this.#spent(`"${this.#letters(slot)}"`);
      case TOKEN.raw:
        return this.#spent(`"${this.#bytes()}"`);
      case TOKEN.number:
        return this.#spent(this.#bytes());
      case TOKEN.key:
        return this.#spent(
          `"${publicId(Buffer.from(Array.from({ length: 32 }, () => this.#bits.take(8))))}"`,
        );
      case TOKEN.null:
        return this.#spent("null");
      case TOKEN.true:
        return this.#spent("true");
      case TOKEN.false:
        return this.#spent("false");
      case TOKEN.array:
        return this.#nested(() => this.#array(slot));
      case TOKEN.object:
        return this.#nested(() => this.#object());
      default:
        throw damaged();
    }
  }

  #token(slot: Slot): number {
    const rank = this.#bits.number(0);
    if (rank === 0) {
      if (slot.token < 0) throw damaged();
      return slot.token;
    }
    const known = rank === 1 ? slot.token + 1 : slot.recent[rank - 2];
    if (known === undefined && rank - 2 !== slot.recent.length) throw damaged();
    const token = known ?? this.#bits.take(TOKEN_BITS);
    if (token >= MAX_TOKEN) throw damaged();
    slot.see(token);
    return token;
  }

  #letters(slot: Slot): string {
    const begin = this.#bits.number(0);
    const end = this.#bits.number(0);
    const { text: last } = slot;
    if (begin + end > last.length) throw damaged();
    const count = this.#count(3);
    let middle = "";
    for (let index = 0; index < count; index++) middle += String.fromCharCode(takeLetter(this.#bits));
    slot.text = `${last.slice(0, begin)}${middle}${last.slice(last.length - end)}`;
    return slot.text;
  }

  #array(slot: Slot): string {
    const count = this.#count(1);
    const { element } = slot;
    const members: string[] = [];
    for (let index = 0; index < count; index++) members.push(this.#value(element));
    return `[${members.join(",")}]`;
  }

  #shape(token: number, slot: Slot): string {
    const keys = shapes[token - SHAPES];
    if (keys === undefined) throw damaged();
    const members = slot.members(token, keys.length);
    const text = members.map((member, index) => `${this.#spent(keys[index])}${this.#value(member)}`);
    return `{${text.join(",")}}`;
  }

  #object(): string {
    const count = this.#count(1);
    const names = new Slot();
    const values = new Slot();
    const members: string[] = [];
    for (let index = 0; index < count; index++) members.push(`${this.#value(names)}:${this.#value(values)}`);
    return `{${members.join(",")}}`;
  }

  #bytes(): string {
    const count = this.#count(3);
    const bytes = Buffer.alloc(count);
    for (let index = 0; index < count; index++) bytes[index] = this.#bits.take(8);
    return bytes.toString();
  }

  /** How many things follow: each takes at least a unit of what may still come. */
  #count(magnitude: number): number {
    const count = this.#bits.number(magnitude);
    if (count > this.#left) throw damaged();
    return count;
  }

  #spent(text: string | undefined): string {
    if (text === undefined) throw damaged();
    this.#left -= text.length;
    if (this.#left < 0) throw damaged();
    return text;
  }

  #nested(read: () => string): string {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw damaged();
    this.#left -= 2;
    const text = read();
    this.#depth -= 1;
    return text;
  }
}

function damaged(): RangeError {
  return new RangeError("a packed report is damaged");
}
