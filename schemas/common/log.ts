/** Logs for machines and people: JSON lines on stderr, an event code each, never an identity. */
import pino from "pino";

/** What a log takes; `event` is a stable code such as `collector.stored`. */
export type Log = {
  trace(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
};
/** Only numbers, booleans and short codes: there is no place for a text that somebody else chose. */
export type LogFields = Readonly<Record<string, number | boolean | null | Code>>;
/** A word of our own tables (reason, rule, error code, state). */
export type Code = string & { readonly __code?: never };
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** @param write where each line goes; stderr unless told otherwise */
export function createLog(name: string, level: LogLevel, write?: (line: string) => void): Log {
  const options = { name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger =
    write === undefined ? pino(options, pino.destination({ dest: 2, sync: true })) : pino(options, { write });
  return {
    trace: (event, fields) => logger.trace({ event, ...fields }),
    debug: (event, fields) => logger.debug({ event, ...fields }),
    info: (event, fields) => logger.info({ event, ...fields }),
    warn: (event, fields) => logger.warn({ event, ...fields }),
    error: (event, fields) => logger.error({ event, ...fields }),
  };
}
