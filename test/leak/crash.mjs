// Loaded into a process before mailcensus: makes it break while it reads, with a name in what is thrown.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

const message = process.env.LEAK_CRASH_MESSAGE;
const failure = () =>
  Object.assign(new Error(`at the line "${message}"`, { cause: new Error(message) }), {
    path: `/home/${message}`,
  });

const BREAK = {
  // In an event's handler: nobody awaits it.
  exception: () =>
    void setImmediate(() => {
      throw failure();
    }),
  rejection: () => void Promise.reject(failure()),
};

if (process.env.LEAK_CRASH === "count") {
  AbortSignal.any = () => {
    throw failure();
  };
} else {
  const { spawn } = childProcess;
  childProcess.spawn = (...args) => {
    BREAK[process.env.LEAK_CRASH]();
    return spawn(...args);
  };
  syncBuiltinESMExports();
}
