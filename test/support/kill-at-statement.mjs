// Preloaded into a process that opens a store: ends it, as `kill -9` does, before the first statement that
// begins with KILL_AT.
import Database from "better-sqlite3";

const at = process.env.KILL_AT ?? "";

for (const name of ["prepare", "exec"]) {
  const real = Database.prototype[name];
  Database.prototype[name] = function (text, ...rest) {
    if (at !== "" && text.startsWith(at)) process.kill(process.pid, "SIGKILL");
    return real.call(this, text, ...rest);
  };
}
