// Preloaded into a process that opens a store: ends it, as `kill -9` does, before the first statement that
// begins with KILL_AT is prepared; or before one that begins with KILL_RUN is run, or such a pragma, where
// one that begins with KILL_AFTER has been run.
import Database from "better-sqlite3";

const { KILL_AT: at = "", KILL_RUN: run = "", KILL_AFTER: after = "" } = process.env;
let isArmed = after === "";

const die = () => process.kill(process.pid, "SIGKILL");
const begins = (text, beginning) => beginning !== "" && text.startsWith(beginning);
const beforeRun = (text) => {
  if (isArmed && begins(text, run)) die();
  if (begins(text, after)) isArmed = true;
};

for (const name of ["prepare", "exec"]) {
  const real = Database.prototype[name];
  Database.prototype[name] = function (text, ...rest) {
    if (begins(text, at)) die();
    const made = real.call(this, text, ...rest);
    if (name === "prepare" && (begins(text, run) || begins(text, after)))
      for (const way of ["run", "all", "get"]) {
        const does = made[way];
        made[way] = (...given) => {
          beforeRun(text);
          return does.apply(made, given);
        };
      }
    return made;
  };
}

const pragma = Database.prototype.pragma;
Database.prototype.pragma = function (text, ...rest) {
  beforeRun(text);
  return pragma.call(this, text, ...rest);
};
