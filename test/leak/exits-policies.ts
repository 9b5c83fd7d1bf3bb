/** The exits of policies and notices, on both sides. See `exits.ts`. */
import type { Exits } from "./exits.ts";

export const POLICY_EXITS: Exits = {
  "agent/commands/notices.ts": { "writeJson()": [1, "stdout"], "writeLines()": [2, "stdout"] },
  "agent/commands/policy.ts": {
    ".write()": [1, "stdout"],
    "writeJson()": [3, "stdout"],
    "writeLines()": [3, "stdout"],
  },
  "agent/policies/ask.ts": { ".info()": [2, "log"], ".warn()": [1, "log"] },
  "agent/policies/outbox.ts": { ".info()": [1, "log"], ".warn()": [1, "log"] },
  "collector/commands/policy-list.ts": { ".write()": [2, "no-server"] },
  "collector/commands/policy-notify.ts": { ".write()": [2, "no-server"] },
  "collector/commands/policy-publish.ts": { ".publish()": [1, "in-process"], ".write()": [2, "no-server"] },
  "collector/commands/policy-show.ts": { ".write()": [3, "no-server"] },
  "collector/policy-service.ts": {
    ".error()": [1, "log"],
    ".respond()": [2, "wire"],
    ".warn()": [1, "log"],
    "@nats-io/transport-node headers": [2, "wire"],
  },
};
