/** Bits in a row, the highest of each byte first. */

/** Written from the start again after each {@link BitWriter.take}; the buffer is kept. */
export class BitWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;
  #pending = 0;
  #count = 0;

  /** @param count at most 24 */
  put(value: number, count: number): void {
    this.#pending = (this.#pending << count) | value;
    this.#count += count;
    while (this.#count >= 8) {
      this.#count -= 8;
      if (this.#length === this.#bytes.length) this.#grow();
      this.#bytes[this.#length++] = (this.#pending >>> this.#count) & 0xff;
    }
    this.#pending &= (1 << this.#count) - 1;
  }

  /** A number below 2 ** 30, short where it has about `magnitude` bits (exponential Golomb). */
  number(value: number, magnitude: number): void {
    const head = (value >>> magnitude) + 1;
    const bits = 32 - Math.clz32(head);
    const low = value & ((1 << magnitude) - 1);
    const all = 2 * bits - 1 + magnitude;
    // The zeros before it are as many as it has bits but one.
    if (all <= 24) this.put((head << magnitude) | low, all);
    else {
      this.#wide(0, bits - 1);
      this.#wide(head, bits);
      this.#wide(low, magnitude);
    }
  }

  #wide(value: number, count: number): void {
    if (count > 16) this.put(value >>> 16, count - 16);
    if (count > 0) this.put(value & 0xffff, Math.min(count, 16));
  }

  /** Everything that was put, filled up with zeros. */
  take(): Buffer {
    if (this.#count > 0) this.put(0, 8 - this.#count);
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.reset();
    return taken;
  }

  reset(): void {
    this.#length = 0;
    this.#pending = 0;
    this.#count = 0;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** What a {@link BitWriter} wrote. Every method throws a RangeError where the bytes end too early. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  bit(): number {
    const byte = this.#bytes[this.#at >>> 3];
    if (byte === undefined) throw new RangeError("a packed report ends too early");
    const bit = (byte >>> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit;
  }

  take(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) value = (value << 1) | this.bit();
    return value;
  }

  number(magnitude: number): number {
    let zeros = 0;
    while (this.bit() === 0) zeros += 1;
    if (zeros + magnitude > 31) throw new RangeError("a packed report has a number that none can have");
    const head = (2 ** zeros + this.take(zeros) - 1) * 2 ** magnitude;
    return head + this.take(magnitude);
  }
}
