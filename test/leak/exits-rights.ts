/** The exits of rights at the collector, of erasing and of the documents about privacy. See `exits.ts`. */
import type { Exits } from "./exits.ts";

export const RIGHTS_EXITS: Exits = {
  "collector/commands/privacy.ts": { ".write()": [1, "no-server"], "write()": [1, "in-process"] },
  "collector/query/consent.ts": { ".execute()": [1, "reads"], "kysely sql": [1, "reads"] },
  "collector/rights/answer.ts": { ".write()": [1, "in-process"] },
  "collector/rights/broker.ts": {
    ".info()": [1, "reads"],
    "@nats-io/jetstream JetStreamApiCodes": [1, "no-output"],
    "@nats-io/jetstream JetStreamApiError": [1, "no-output"],
    "@nats-io/jetstream jetstreamManager": [1, "wire"],
  },
  "collector/rights/perform.ts": { ".write()": [1, "in-process"] },
  "collector/rights/service.ts": {
    ".error()": [1, "log"],
    ".info()": [1, "log"],
    ".respond()": [2, "wire"],
    ".warn()": [2, "log"],
    "@nats-io/transport-node headers": [2, "wire"],
  },
  "collector/store/erase-rows.ts": { ".run()": [11, "store"] },
  "collector/store/migrations/0005_rights.ts": { ".execute()": [1, "store"], "kysely sql": [1, "store"] },
  "collector/store/policies.ts": { ".run()": [2, "store"] },
  "collector/store/rights.ts": { ".run()": [9, "store"] },
  "collector/store/tombstones-of-store.ts": { "better-sqlite3 *": [1, "reads"], ".run()": [1, "store"] },
};
