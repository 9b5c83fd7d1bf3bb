#!/usr/bin/env node
// The first file of every npm script. It has no static import and only syntax that Node 14 parses,
// so that a Node that is too old is told so in a sentence instead of a syntax error.

function fail(error) {
  const told = error?.code !== undefined && error?.exit !== undefined;
  process.stderr.write(`setup: ${told ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = told ? error.exit : 70;
}

if (Number(process.versions.node.split(".")[0]) < 20) {
  process.stderr.write(
    `setup: mailcensus needs Node 20 or newer to set itself up (Node 24 then comes with its dependencies); this is Node ${process.versions.node}: install a newer Node and run the same command again.\n`,
  );
  process.exitCode = 78;
} else {
  import("./command.mjs")
    .then((command) => command.runCommand(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    }, fail);
}
