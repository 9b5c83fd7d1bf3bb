// Preloaded into an agent's process: ends it, as `kill -9` does, at one of its steps on the disk.
// KILL_AT=7 ends it before the seventh rename, link or unlink, KILL_AT=7.5 right after it, KILL_AT=unlink
// before the first unlink. With KILL_IN=/policies/ only steps on paths that hold this are counted.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const named = process.env.KILL_AT;
const at = Number(named);
const within = process.env.KILL_IN ?? "";
let step = 0;

function die() {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
}

for (const name of ["rename", "link", "unlink"]) {
  const real = fs[name];
  fs[name] = async (...args) => {
    if (!String(args.at(-1)).includes(within)) return real(...args);
    step += 1;
    const turn = step;
    if (turn === at || name === named) return die();
    const result = await real(...args);
    return turn + 0.5 === at ? die() : result;
  };
}
syncBuiltinESMExports();
