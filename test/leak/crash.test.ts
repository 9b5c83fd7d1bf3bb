/** A process that breaks in the midst of reading: what it says at its end names nobody, not even to those who look for faults. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { createAgent } from "#agent/main.ts";
import { systemRandom } from "#agent/random.ts";
import { makeSampleHost } from "#demo/host/host.ts";
import { loadConfig } from "#schemas/common/config.ts";
import { createLog } from "#schemas/common/log.ts";
import { canaries, DOMAINS, word } from "#support/canaries.ts";
import { Evidence } from "#support/leak-evidence.ts";
import { Searcher } from "#support/leak-search.ts";
import { MAILCENSUS, run } from "#support/program.ts";
import { type TempFolder, tempFolder } from "#support/temp.ts";

const searcher = new Searcher(canaries());
const PRELOAD = pathToFileURL(join(import.meta.dirname, "crash.mjs")).href;
const message = `${word("crash.message")}@${DOMAINS.stray}`;

async function configured(temp: TempFolder): Promise<string> {
  const host = await makeSampleHost(temp.file("host"));
  const file = temp.file("mailcensus.toml");
  await writeFile(
    file,
    `[agent]\nstate = "state"\nlog_level = "trace"\n[sources.postfix]\nconfig = "${host.postfix}"\n[sources.dovecot]\nconfig = "${host.dovecot}"\n`,
  );
  return file;
}

describe("leak crash", () => {
  test.for([
    ["exception", ""],
    ["exception", "1"],
    ["rejection", ""],
    ["count", "1"],
  ])(
    "crash - by %s, with MAILCENSUS_DEBUG=%s: it ends, and its last words hold no message",
    async ([kind, debug]) => {
      await using temp = await tempFolder();
      // Something must be started for it to break at.
      const config = await configured(temp);
      const { status, stdout, stderr } = await run(
        MAILCENSUS,
        ["agent", "preview", "--level", "full", "--config", config],
        {
          NODE_OPTIONS: `--import=${PRELOAD}`,
          LEAK_CRASH: kind ?? "",
          LEAK_CRASH_MESSAGE: message,
          ...(debug === "" ? {} : { MAILCENSUS_DEBUG: "1" }),
        },
      );
      expect(status).not.toBe(0);
      expect(stderr).not.toBe("");
      const evidence = new Evidence();
      evidence.add("stdout", "preview", stdout);
      evidence.add("stderr", "preview", stderr);
      await evidence.addTree("state", temp.file("state"));
      expect(evidence.search(searcher)).toEqual([]);
    },
  );

  test("errors - what a command rejects with holds no name where the report breaks its schema", async () => {
    await using temp = await tempFolder();
    const evidence = new Evidence();
    const agent = createAgent({
      config: await loadConfig(await configured(temp)),
      env: {},
      now: () => new Date(),
      random: systemRandom,
      log: createLog("agent", "trace", (line) => evidence.add("log", "agent", line)),
      ports: {
        count: async (head) =>
          ({ schema: 1, ...head, [word("hostile.key")]: message, totals: { [message]: 1 } }) as never,
      },
    });
    const terms = { level: "full", purposes: ["statistics"] } as const;
    const thrown = await agent.preview(terms, new AbortController().signal).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "report-refused" });
    evidence.addError("error", "preview", thrown);
    evidence.add("stdout", "status", JSON.stringify(await agent.status()));
    await evidence.addTree("state", temp.file("state"));
    expect(evidence.sizeOf("error")).toBeGreaterThan(100);
    expect(evidence.search(searcher)).toEqual([]);
  });
});
