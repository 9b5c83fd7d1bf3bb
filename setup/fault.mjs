// @ts-check

/** Exit codes of sysexits(3) that set-up uses. */
export const EXIT = Object.freeze({ usage: 64, unavailable: 69, software: 70, config: 78 });

/**
 * What set-up could not do: a stable `code`, a sentence that tells the reader what to do, the exit
 * code of the process that gives up on it, and the cause.
 */
export class SetupFault extends Error {
  /**
   * @param {string} code
   * @param {string} sentence
   * @param {{ exit?: number, cause?: unknown }} [more]
   */
  constructor(code, sentence, more = {}) {
    super(sentence, { cause: more.cause });
    this.name = "SetupFault";
    this.code = code;
    this.exit = more.exit ?? EXIT.unavailable;
  }
}
