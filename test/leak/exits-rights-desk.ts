/** The exits of the operator's commands about rights. See `exits.ts`. */
import type { Exits } from "./exits.ts";

export const RIGHTS_DESK_EXITS: Exits = {
  "collector/commands/rights-audit.ts": { ".write()": [2, "query"] },
  "collector/commands/rights-close.ts": { ".request()": [1, "in-process"], ".write()": [2, "no-server"] },
  "collector/commands/rights-disclose.ts": { ".write()": [2, "no-server"] },
  "collector/commands/rights-disclosures.ts": { ".write()": [3, "query"] },
  "collector/commands/rights-find.ts": { ".write()": [4, "query"] },
  "collector/commands/rights-import.ts": { ".write()": [2, "no-server"] },
  "collector/commands/rights-list.ts": { "write()": [4, "query"] },
  "collector/commands/rights-open.ts": { ".write()": [2, "no-server"] },
  "collector/rights/desk.ts": { "tell()": [1, "query"] },
  "collector/rights/exercise.ts": { ".ask()": [1, "query"], ".tell()": [3, "query"] },
  "collector/rights/hand-over.ts": {
    ".tell()": [2, "query"],
    ".write()": [3, "query"],
    "writeNew()": [1, "query"],
  },
  "collector/store/desk.ts": { ".run()": [3, "store"] },
};
