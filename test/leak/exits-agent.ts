/** The agent's exits. See `exits.ts`. */
import type { Exits } from "./exits.ts";

export const AGENT_EXITS: Exits = {
  "agent/collector-keys.ts": {
    ".warn()": [1, "log"],
    "writeDocument()": [1, "state"],
  },
  "agent/commands/agree.ts": {
    ".tell()": [3, "stderr"],
    "ask()": [1, "stderr"],
    "writeJson()": [2, "stdout"],
    "writeLines()": [2, "stdout"],
  },
  "agent/commands/asked.ts": {
    ".tell()": [1, "stderr"],
    "ask()": [1, "stderr"],
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/disable.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [3, "stdout"],
  },
  "agent/commands/enable.ts": {
    ".tell()": [3, "stderr"],
    "ask()": [1, "stderr"],
    "tell()": [7, "stderr"],
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/explain.ts": {
    "writeJson()": [1, "no-server"],
    "writeLines()": [2, "no-server"],
  },
  "agent/commands/history.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [2, "stdout"],
  },
  "agent/commands/open.ts": {
    "tell()": [1, "stderr"],
    "write()": [2, "stdout"],
  },
  "agent/commands/preview.ts": {
    ".write()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/rights-access.ts": {
    ".write()": [1, "stdout"],
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/rights-erase.ts": {
    ".tell()": [1, "stderr"],
  },
  "agent/commands/rights-export.ts": {
    ".write()": [1, "stdout"],
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
    "writeNew()": [1, "state"],
  },
  "agent/commands/rights-list.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [2, "stdout"],
  },
  "agent/commands/rights-retry.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [2, "stdout"],
  },
  "agent/commands/rights-transfer.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/rights-withdraw.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [2, "stdout"],
  },
  "agent/commands/run.ts": {
    ".info()": [2, "log"],
    "writeJson()": [1, "stdout"],
  },
  "agent/commands/send.ts": {
    ".send()": [1, "in-process"],
    "tell()": [8, "stderr"],
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/state-export.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/state-import.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/state-resume.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/status.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/commands/verify.ts": {
    "writeJson()": [1, "stdout"],
    "writeLines()": [1, "stdout"],
  },
  "agent/consent.ts": {
    "writeDocument()": [1, "state"],
  },
  "agent/copies.ts": {
    ".info()": [1, "log"],
    ".warn()": [1, "log"],
  },
  "agent/copy.ts": {
    ".sendMail()": [1, "copy"],
    "node:net Socket": [1, "copy"],
    "nodemailer createTransport": [1, "copy"],
  },
  "agent/counting.ts": {
    throw: [1, "error"],
  },
  "agent/deliver.ts": {
    ".info()": [4, "log"],
    ".publish()": [1, "wire"],
    ".run()": [1, "in-process"],
  },
  "agent/disable.ts": {
    ".info()": [1, "log"],
    ".warn()": [1, "log"],
  },
  "agent/identity.ts": {
    "writeDocument()": [1, "state"],
  },
  "agent/ledger.ts": {
    "writeDocument()": [1, "state"],
  },
  "agent/lock.ts": {
    ".exec()": [1, "state"],
    "better-sqlite3 *": [1, "state"],
    "node:fs closeSync": [1, "state"],
    "node:fs openSync": [1, "state"],
  },
  "agent/loop.ts": {
    ".debug()": [1, "log"],
    ".warn()": [1, "log"],
  },
  "agent/main.ts": {
    ".info()": [1, "log"],
  },
  "agent/move.ts": {
    ".info()": [3, "log"],
    "writeAtomic()": [1, "state"],
    "writeNew()": [1, "state"],
  },
  "agent/moved.ts": {
    "writeDocument()": [1, "state"],
  },
  "agent/pairs.ts": {
    "writeAtomic()": [1, "state"],
    "writeDocument()": [1, "state"],
  },
  "agent/ports/command.ts": {
    "node:child_process spawn": [1, "own-tools"],
  },
  "agent/ports/lines.ts": {
    ".write()": [1, "in-process"],
  },
  "agent/ports/sqlite.ts": {
    "better-sqlite3 *": [1, "reads"],
  },
  "agent/publisher-nats.ts": {
    ".publish()": [1, "wire"],
    ".request()": [2, "wire"],
    "@nats-io/jetstream JetStreamApiError": [1, "no-output"],
    "@nats-io/jetstream JetStreamError": [1, "no-output"],
    "@nats-io/jetstream jetstream": [1, "wire"],
    "@nats-io/transport-node connect": [1, "wire"],
    "@nats-io/transport-node errors": [6, "no-output"],
    "@nats-io/transport-node headers": [2, "wire"],
  },
  "agent/receipts.ts": {
    ".ask()": [1, "wire"],
  },
  "agent/rights/erase-here.ts": {
    ".info()": [1, "log"],
  },
  "agent/rights/far.ts": {
    ".connect()": [1, "in-process"],
  },
  "agent/rights/make.ts": {
    ".info()": [1, "log"],
  },
  "agent/rights/round.ts": {
    ".info()": [2, "log"],
  },
  "agent/rights/settle.ts": {
    ".info()": [1, "log"],
  },
  "agent/send.ts": {
    ".connect()": [1, "in-process"],
    ".info()": [1, "log"],
    ".warn()": [3, "log"],
  },
  "agent/sources/dovecot-settings.ts": {
    ".run()": [2, "own-tools"],
    "ask()": [2, "in-process"],
  },
  "agent/sources/postfix-count.ts": {
    "tell()": [2, "in-process"],
  },
  "agent/sources/postfix-settings.ts": {
    ".run()": [1, "own-tools"],
    "ask()": [2, "in-process"],
    throw: [1, "facts"],
  },
  "agent/sources/postfix-tables.ts": {
    ".run()": [1, "own-tools"],
  },
  "agent/sources/vendor.ts": {
    ".run()": [1, "own-tools"],
  },
  "agent/state.ts": {
    "node:fs/promises mkdir": [1, "state"],
    "writeAtomic()": [1, "state"],
  },
  "agent/status.ts": {
    "writeDocument()": [2, "state"],
  },
  "agent/tally.ts": {
    "ask()": [3, "in-process"],
  },
  "agent/workshop.ts": {
    ".connect()": [1, "in-process"],
  },
};
