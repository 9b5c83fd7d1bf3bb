/** From a JSON value to its packed form. */
import { publicBytes } from "#schemas/nkey.ts";
import { BitWriter } from "./bits.ts";
import { isPlain, putLetter } from "./letters.ts";
import { primer, Slot, shapeToken, TOKEN, TOKEN_BITS, WORDS, wordToken } from "./model.ts";

const MAX_INT = 2 ** 28;

/** Packs one value after the other; each begins anew from the primer. */
export class Packer {
  readonly #bits = new BitWriter();
  readonly #root = new Slot();
  #document = 0;
  /** The primer's documents: what an `Unpacker` needs to remember the same. */
  readonly primed: Buffer;

  constructor() {
    for (const value of primer.documents) this.#value(value, this.#root);
    this.primed = this.#bits.take();
    this.#root.keep();
  }

  /** @param value what `JSON.parse` made of a canonical text: it is that text that is kept */
  pack(value: unknown): Buffer {
    this.#document += 1;
    try {
      this.#value(value, this.#root);
      return this.#bits.take();
    } finally {
      this.#bits.reset();
    }
  }

  #value(value: unknown, slot: Slot): void {
    slot.enter(this.#document);
    switch (typeof value) {
      case "string":
        this.#string(value, slot);
        break;
      case "number":
        this.#number(value, slot);
        break;
      case "boolean":
        this.#token(value ? TOKEN.true : TOKEN.false, slot);
        break;
      default:
        if (value === null) this.#token(TOKEN.null, slot);
        else if (Array.isArray(value)) this.#array(value, slot);
        else this.#object(value as Readonly<Record<string, unknown>>, slot);
    }
  }

  /** By how long ago it stood here; a word also as the one after the last. */
  #token(token: number, slot: Slot): void {
    const bits = this.#bits;
    if (token === slot.token) {
      bits.put(1, 1);
      return;
    }
    if (token === slot.token + 1 && token > WORDS) bits.number(1, 0);
    else {
      const at = slot.recent.indexOf(token);
      bits.number(2 + (at < 0 ? slot.recent.length : at), 0);
      if (at < 0) bits.put(token, TOKEN_BITS);
    }
    slot.see(token);
  }

  #number(value: number, slot: Slot): void {
    if (!Number.isInteger(value) || value < 0 || value >= MAX_INT) {
      this.#token(TOKEN.number, slot);
      this.#bytes(Buffer.from(JSON.stringify(value)));
      return;
    }
    const fives = value % 5 === 0 && !slot.odd;
    if (!fives) slot.odd = true;
    this.#token(fives ? TOKEN.fives : TOKEN.int, slot);
    const written = fives ? value / 5 : value;
    this.#bits.number(written, slot.magnitude);
    slot.learn(written);
  }

  #string(value: string, slot: Slot): void {
    const word = wordToken(value);
    const key = word === undefined && value.length === 56 ? publicBytes(value) : null;
    if (word !== undefined) this.#token(word, slot);
    else if (key !== null) {
      this.#token(TOKEN.key, slot);
      for (const byte of key) this.#bits.put(byte, 8);
    } else if (isPlain(value)) {
      this.#token(TOKEN.text, slot);
      this.#letters(value, slot);
    } else {
      this.#token(TOKEN.raw, slot);
      this.#bytes(Buffer.from(JSON.stringify(value).slice(1, -1)));
    }
  }

  /** Without what it begins and ends with as the last one did. */
  #letters(text: string, slot: Slot): void {
    const last = slot.text;
    const most = Math.min(text.length, last.length);
    let begin = 0;
    while (begin < most && text.charCodeAt(begin) === last.charCodeAt(begin)) begin += 1;
    let end = 0;
    while (
      end < most - begin &&
      text.charCodeAt(text.length - 1 - end) === last.charCodeAt(last.length - 1 - end)
    )
      end += 1;
    this.#bits.number(begin, 0);
    this.#bits.number(end, 0);
    this.#bits.number(text.length - begin - end, 3);
    for (let index = begin; index < text.length - end; index++) putLetter(this.#bits, text.charCodeAt(index));
    slot.text = text;
  }

  #array(value: readonly unknown[], slot: Slot): void {
    this.#token(TOKEN.array, slot);
    this.#bits.number(value.length, 1);
    const { element } = slot;
    for (let index = 0; index < value.length; index++) this.#value(value[index], element);
  }

  #object(value: Readonly<Record<string, unknown>>, slot: Slot): void {
    const keys = Object.keys(value);
    const shape = shapeToken(keys, slot.token);
    if (shape !== undefined) {
      this.#token(shape, slot);
      const members = slot.members(shape, keys.length);
      for (let index = 0; index < keys.length; index++) {
        const member = members[index];
        if (member !== undefined) this.#value(value[keys[index] ?? ""], member);
      }
      return;
    }
    this.#token(TOKEN.object, slot);
    this.#bits.number(keys.length, 1);
    // Of keys that are nobody's business to know beforehand: forgotten with the object.
    const names = new Slot();
    const members = new Slot();
    names.enter(this.#document);
    for (const key of keys) {
      this.#string(key, names);
      this.#value(value[key], members);
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#bits.number(bytes.length, 3);
    for (const byte of bytes) this.#bits.put(byte, 8);
  }
}
