#!/usr/bin/env node
// Plain JavaScript that Node 14 parses, with no static import: an old Node can neither run the
// TypeScript behind it nor say why in words. It finds a Node that can, and hands over.

const major = Number(process.versions.node.split(".")[0]);

function giveUp(sentence, code) {
  process.stderr.write(`mailcensus: ${sentence}\n`);
  process.exitCode = code;
}

function fail(error) {
  if (error?.code !== undefined && error?.exit !== undefined) giveUp(error.message, error.exit);
  else giveUp(error?.stack ?? String(error), 70);
}

async function handOver(args) {
  const { existsSync } = await import("node:fs");
  const { dirname, join } = await import("node:path");
  const { fileURLToPath } = await import("node:url");
  const here = fileURLToPath(import.meta.url);
  const root = dirname(dirname(here));

  if (!existsSync(join(root, "node_modules", ".package-lock.json"))) {
    giveUp(
      `its dependencies are not installed: run \`npm start\` (or \`npm ci --ignore-scripts\`) in ${root} first.`,
      69,
    );
  } else if (major >= 24) {
    const { main } = await import("./main.ts");
    process.exitCode = await main(args);
  } else {
    // A `node` found on PATH would not do: npm puts the .bin folders of parent folders there too.
    const { findNode24 } = await import("../setup/node24.mjs");
    const { runInPlace } = await import("../setup/child.mjs");
    process.exitCode = await runInPlace(await findNode24(root), [here, ...args]);
  }
}

if (major < 20) {
  giveUp(`it needs Node 20 or newer; this is Node ${process.versions.node}: install a newer one.`, 78);
} else {
  handOver(process.argv.slice(2)).catch(fail);
}
