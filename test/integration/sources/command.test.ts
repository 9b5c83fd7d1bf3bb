import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { commandPort } from "#agent/ports/command.ts";
import { tempFolder } from "#support/temp.ts";

const forever = new AbortController().signal;
const drop = () => undefined;

test("sources - a command gets no environment but PATH and a plain locale, and no shell", async () => {
  const lines: string[] = [];
  const port = commandPort({ path: "/usr/bin" });
  const env = port.find("env") ?? "";
  const outcome = await port.run(
    { file: env, args: [] },
    (line) => {
      lines.push(line.split("=")[0] ?? "");
      return undefined;
    },
    forever,
  );
  expect(outcome).toEqual({ ok: true });
  expect(lines.sort()).toEqual(["LC_ALL", "PATH"]);
  const said: string[] = [];
  await port.run(
    { file: port.find("echo") ?? "", args: ["$(id); *"] },
    (line) => {
      said.push(line);
      return undefined;
    },
    forever,
  );
  expect(said).toEqual(["$(id); *"]);
});

test("sources - a command that isn't there is not-found, one that can't be run permission-denied", async () => {
  await using temp = await tempFolder();
  await writeFile(temp.file("tool"), "#!/bin/sh\n");
  const port = commandPort();
  expect(await port.run({ file: temp.file("gone"), args: [] }, drop, forever)).toEqual({
    ok: false,
    reason: "not-found",
  });
  expect(await port.run({ file: temp.file("tool"), args: [] }, drop, forever)).toEqual({
    ok: false,
    reason: "permission-denied",
  });
  expect(port.find("tool", temp.path)).toBeNull();
  await chmod(temp.file("tool"), 0o755);
  expect(port.find("tool", temp.path)).toBe(temp.file("tool"));
  expect(port.find("no-such-tool-anywhere")).toBeNull();
});

test("sources - an ended signal ends the command and what it started", async () => {
  const port = commandPort();
  const stop = new AbortController();
  const pids: number[] = [];
  const outcome = await port.run(
    { file: "/bin/sh", args: ["-c", "sleep 600 & echo $!; echo $$; wait"] },
    (line) => {
      pids.push(Number(line));
      if (pids.length === 2) stop.abort();
      return undefined;
    },
    stop.signal,
  );
  expect(outcome).toEqual({ ok: false, reason: "timed-out" });
  await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  expect(await port.run({ file: "/bin/true", args: [] }, drop, stop.signal)).toEqual(outcome);
});

/** A process that has ended may wait for its parent, as a zombie, for as long as that likes. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
