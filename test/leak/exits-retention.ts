/** The exits of retention, of the archive and of the tombstones. See `exits.ts`. */
import type { Exits } from "./exits.ts";

export const RETENTION_EXITS: Exits = {
  "collector/commands/retention-except.ts": { ".write()": [4, "no-server"] },
  "collector/commands/retention.ts": { ".write()": [4, "no-server"] },
  "collector/retention/keep.ts": { ".error()": [1, "log"], ".info()": [2, "log"], ".warn()": [2, "log"] },
  "collector/store/archive-expiry.ts": { ".run()": [3, "store"] },
  "collector/store/archive.ts": {
    ".exec()": [2, "store"],
    ".run()": [4, "store"],
    "better-sqlite3 *": [2, "store"],
  },
  "collector/store/erasure.ts": { ".run()": [3, "store"] },
  "collector/store/past-time.ts": { ".run()": [1, "store"] },
  "collector/store/replaced.ts": { "better-sqlite3 *": [1, "no-server"] },
  "collector/store/retention.ts": { ".run()": [3, "store"] },
  "collector/store/tombstones.ts": {
    "node:fs chownSync": [1, "no-server"],
    "node:fs closeSync": [3, "no-server"],
    "node:fs fsyncSync": [3, "no-server"],
    "node:fs ftruncateSync": [1, "no-server"],
    "node:fs linkSync": [1, "no-server"],
    "node:fs openSync": [2, "no-server"],
    "node:fs renameSync": [1, "no-server"],
    "node:fs writeFileSync": [1, "no-server"],
    "node:fs writeSync": [1, "no-server"],
    "writeNew()": [2, "no-server"],
  },
};
