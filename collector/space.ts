/** Watches the free space under the store, so that a floor of it is kept. */

/** Bytes that are free for this user, and the size of the file system; null where it can't be told. */
export type FreeSpace = () => { readonly free: number; readonly size: number } | null;

/**
 * `waiting`: less than the floor, but not for long; what would be deferred is held, since someone may be
 * clearing up. `no-newcomers`: installations that are known go on. `nothing`: a quarter of the floor is left.
 */
export type SpaceState = "enough" | "waiting" | "no-newcomers" | "nothing";

/** The floor where none is configured: a fiftieth of the file system, 64 MiB at most. */
const FLOOR_BYTES = 64 * 1024 * 1024;
const FLOOR_PART = 1 / 50;
const LOOK_MS = 2_000;
const PATIENCE_MS = 60_000;

export type SpaceOptions = {
  readonly read: FreeSpace;
  /** Bytes; 0 keeps no floor. */
  readonly floor?: number | undefined;
  /** For how long a shortage is only waited for. */
  readonly patienceMs?: number | undefined;
  /** Milliseconds that only go up. */
  readonly clock?: () => number;
};

export class SpaceWatch {
  readonly #options: SpaceOptions;
  readonly #clock: () => number;
  #looked: number | null = null;
  #since: number | null = null;
  #part = 1;

  constructor(options: SpaceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
  }

  /** One statfs every two seconds. */
  state(): SpaceState {
    const now = this.#clock();
    if (this.#looked === null || now - this.#looked >= LOOK_MS) this.#look(now);
    if (this.#since === null) return "enough";
    if (now - this.#since < (this.#options.patienceMs ?? PATIENCE_MS)) return "waiting";
    return this.#part < 0.25 ? "nothing" : "no-newcomers";
  }

  #look(now: number): void {
    this.#looked = now;
    const space = this.#options.read();
    const floor = space === null ? 0 : floorOf(this.#options.floor, space.size);
    if (space === null || space.free >= floor) {
      this.#since = null;
      return;
    }
    this.#since ??= now;
    this.#part = space.free / floor;
  }
}

/** The floor in bytes for a file system of this size. */
export function floorOf(configured: number | undefined, size: number): number {
  return configured ?? Math.min(FLOOR_BYTES, size * FLOOR_PART);
}
