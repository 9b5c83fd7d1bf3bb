/** The exits of what looks after the collector: health, figures, backup, TLS. See `exits.ts`. */
import type { Exits } from "./exits.ts";

export const UPKEEP_EXITS: Exits = {
  "collector/commands/backup.ts": {
    ".write()": [2, "no-server"],
  },
  "collector/commands/restore.ts": {
    ".write()": [4, "no-server"],
  },
  "collector/health/ask.ts": {
    ".info()": [2, "reads"],
    "@nats-io/jetstream JetStreamApiError": [1, "no-output"],
    "@nats-io/jetstream jetstreamManager": [2, "no-server"],
  },
  "collector/health/figures.ts": {
    "prom-client Counter": [3, "no-server"],
    "prom-client Gauge": [2, "no-server"],
    "prom-client Histogram": [2, "no-server"],
    "prom-client Registry": [1, "no-server"],
    "prom-client collectDefaultMetrics": [1, "no-server"],
  },
  "collector/health/probe.ts": {
    ".publish()": [1, "no-server"],
    "@nats-io/jetstream DiscardPolicy": [1, "no-output"],
    "@nats-io/jetstream JetStreamApiError": [1, "no-output"],
    "@nats-io/jetstream RetentionPolicy": [1, "no-output"],
    "@nats-io/jetstream StorageType": [1, "no-output"],
    "@nats-io/jetstream jetstream": [1, "no-server"],
    "@nats-io/jetstream jetstreamManager": [3, "no-server"],
    "@nats-io/transport-node errors": [2, "no-output"],
    "@nats-io/transport-node nanos": [1, "no-output"],
  },
  "collector/health/server.ts": {
    ".header()": [2, "no-server"],
    ".listen()": [1, "no-server"],
    ".send()": [4, "no-server"],
    "fastify *": [1, "no-server"],
  },
  "collector/health/verdict.ts": {
    ".ask()": [1, "in-process"],
    "@nats-io/jetstream jetstreamManager": [1, "no-server"],
    "ask()": [1, "in-process"],
  },
  "collector/store/backup.ts": {
    ".exec()": [1, "no-server"],
    "better-sqlite3 *": [1, "no-server"],
    "node:fs/promises link": [2, "no-server"],
    "node:fs/promises open": [1, "no-server"],
  },
  "collector/store/hold.ts": {
    ".exec()": [1, "no-server"],
    "better-sqlite3 *": [1, "no-server"],
  },
  "collector/store/restore.ts": {
    "better-sqlite3 *": [1, "no-server"],
    "node:fs/promises chmod": [1, "no-server"],
    "node:fs/promises chown": [1, "no-server"],
    "node:fs/promises copyFile": [1, "no-server"],
    "node:fs/promises link": [1, "no-server"],
    "node:fs/promises mkdir": [1, "no-server"],
    "node:fs/promises rename": [2, "no-server"],
  },
  "collector/store/sealed.ts": {
    "better-sqlite3 *": [1, "no-server"],
    "node:fs/promises open": [1, "no-server"],
  },
  "collector/store/upkeep.ts": {
    ".run()": [1, "no-server"],
    "node:fs statfsSync": [1, "reads"],
  },
  "collector/stream-watch.ts": {
    ".debug()": [1, "log"],
    ".error()": [1, "log"],
    ".info()": [3, "reads"],
    ".warn()": [2, "log"],
    "@nats-io/jetstream jetstreamManager": [1, "no-server"],
  },
  "collector/stuck.ts": { "@nats-io/jetstream JetStreamApiError": [1, "no-output"] },
  "schemas/common/tls.ts": {
    "node:net isIP": [1, "no-output"],
    "node:tls checkServerIdentity": [2, "no-output"],
  },
};
