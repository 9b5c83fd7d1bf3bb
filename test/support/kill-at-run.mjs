// Preloaded into a process that opens a store: ends it, as `kill -9` does, when a statement that begins with
// KILL_AT is about to be run.
import Database from "better-sqlite3";

const at = process.env.KILL_AT ?? "";
const prepare = Database.prototype.prepare;

Database.prototype.prepare = function (text, ...rest) {
  const statement = prepare.call(this, text, ...rest);
  if (at === "" || !text.trimStart().startsWith(at)) return statement;
  for (const name of ["run", "all", "get"])
    statement[name] = () => {
      process.kill(process.pid, "SIGKILL");
    };
  return statement;
};
