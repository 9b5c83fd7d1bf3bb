#!/usr/bin/env node
// Plain JavaScript that Node 14 parses, with no static import: an old Node can neither run the
// TypeScript behind it nor say why in words. It finds a Node that can, and hands over. It imports
// nothing of set-up, which a packaged mailcensus doesn't have.

const major = Number(process.versions.node.split(".")[0]);

function giveUp(sentence, code) {
  process.stderr.write(`mailcensus: ${sentence}\n`);
  process.exitCode = code;
}

/** The same command line under another Node: signals passed on, its exit code taken over. */
async function runUnder(node, here, args) {
  const { spawn } = await import("node:child_process");
  const { constants } = await import("node:os");
  const child = spawn(node, [here, ...args], { stdio: "inherit" });
  // A Ctrl-C or a closed terminal reaches the whole process group, so the child has it already.
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"]) {
    process.on(signal, () => {
      if (!terminal || signal === "SIGTERM") child.kill(signal);
    });
  }
  child.once("error", (error) => {
    giveUp(
      `it runs on Node 24; this is Node ${process.versions.node}, and the one among its dependencies can't be run (${error.code}): install Node 24 or newer and use that.`,
      69,
    );
  });
  child.once("exit", (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal];
    // The handlers above would keep nothing alive, but a pipe on stdin would.
    process.exit();
  });
}

/** What a library has left, such as the timer of an attempt that was given up, holds nobody up; a slow reader is waited for. */
function leaveSoon() {
  const timer = setTimeout(() => {
    if (process.stdout.writableLength + process.stderr.writableLength > 0) leaveSoon();
    else process.exit();
  }, 500);
  timer.unref();
}

async function handOver(args) {
  const { existsSync } = await import("node:fs");
  const { dirname, join } = await import("node:path");
  const { fileURLToPath } = await import("node:url");
  const here = fileURLToPath(import.meta.url);
  const root = dirname(dirname(here));
  const modules = join(root, "node_modules");

  if (!existsSync(join(modules, ".package-lock.json"))) {
    giveUp(
      `its dependencies are not installed: run \`npm start\` (or \`npm ci --ignore-scripts\`) in ${root} first.`,
      69,
    );
    return;
  }
  if (major >= 24) {
    const { main } = await import("./main.ts");
    process.exitCode = await main(args);
    leaveSoon();
    return;
  }
  // A `node` found on PATH would not do: npm puts the .bin folders of parent folders there too.
  const node = join(modules, `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(node)) {
    await runUnder(node, here, args);
  } else {
    giveUp(
      `it runs on Node 24; this is Node ${process.versions.node}, and none comes with its dependencies for ${process.platform} ${process.arch}: install Node 24 or newer and use that.`,
      69,
    );
  }
}

if (major < 20) {
  giveUp(`it needs Node 20 or newer; this is Node ${process.versions.node}: install a newer one.`, 78);
} else {
  handOver(process.argv.slice(2)).catch((error) => giveUp(error.stack, 70));
}
