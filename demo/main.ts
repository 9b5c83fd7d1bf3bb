/**
 * `npm start`: the live demonstration. One mail server is counted, its report shown, signed, sent,
 * stored, receipted and copied; a made-up fleet sends too; the page shows what came of it. With
 * `--once` the chain runs once and everything ends; with `--json` stdout holds one JSON object.
 */
import { parseArgs } from "node:util";
import { asMailcensusError, MailcensusError } from "#schemas/common/errors.ts";
import { runChain } from "./chain.ts";
import { commandEnvironment } from "./command.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { Service } from "./process.ts";
import { publishFleet } from "./publish-fleet.ts";
import { markRunning, takeOver } from "./running.ts";
import { startStack } from "./stack.ts";
import { sayChain, sayFleet, sayReady } from "./words.ts";

const USAGE = `usage: npm start [-- OPTION…]

  --once   run the chain once for the sample host, then end
  --json   with --once: print the result as one JSON object on stdout
  --help   show this
`;

async function main(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  if (options.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Heard as often as it comes: npm passes on a signal that the terminal's group has had already.
    process.on(name, () => stop.abort(new MailcensusError("shutting-down", "Ended by a signal.")));
  }
  const layout = layoutOf(process.env);
  await takeOver(layout);
  try {
    return options.once === true
      ? await once(layout, options.json === true, stop.signal)
      : await live(layout, stop.signal);
  } catch (error) {
    // A signal ends whatever was under way; that is no failure.
    if (stop.signal.aborted) return 0;
    throw error;
  }
}

async function once(layout: Layout, json: boolean, signal: AbortSignal): Promise<number> {
  await using stack = await startStack(layout, { page: false, tell });
  await markRunning(layout, stack.processes.values());
  const { result, told } = await runChain(layout, stack.ports, signal);
  sayChain(result, told, tell);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return 0;
}

async function live(layout: Layout, signal: AbortSignal): Promise<number> {
  await using stack = await startStack(layout, { page: true, tell });
  await markRunning(layout, stack.processes.values());
  const { result, told } = await runChain(layout, stack.ports, signal);
  sayChain(result, told, tell);
  tell("Sample fleet: made-up installations send their reports the same way …");
  sayFleet(await publishFleet(layout, signal), tell);
  await using schedule = await startSchedule(layout);
  await markRunning(layout, [
    ...stack.processes.values(),
    ...(schedule.pid === undefined ? [] : [schedule.pid]),
  ]);
  sayReady(stack, tell);
  const ended = await Promise.race([aborted(signal), stack.failed, schedule.gone.then(() => schedule.name)]);
  if (signal.aborted || ended === null) {
    tell(`Ending; the data stay in ${layout.shown} …`);
    return 0;
  }
  throw new MailcensusError(
    "chain-broken",
    `The ${ended} ended by itself: start again, its data are still there.`,
  );
}

/** The agent's own schedule goes on beside the page. */
function startSchedule(layout: Layout): Promise<Service> {
  return Service.start({
    name: "agent",
    command: process.execPath,
    args: [layout.program, "agent", "run"],
    env: commandEnvironment(layout),
    ready: (line) => line.includes('"event"'),
  });
}

function aborted(signal: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  if (signal.aborted) resolve(null);
  signal.addEventListener("abort", () => resolve(null), { once: true });
  return promise;
}

function parse(argv: readonly string[]): { once?: boolean; json?: boolean; help?: boolean } {
  try {
    const flag = { type: "boolean" } as const;
    return parseArgs({ args: [...argv], options: { once: flag, json: flag, help: flag } }).values;
  } catch (cause) {
    throw new MailcensusError("usage", "npm start takes --once, --json and --help, after a --.", { cause });
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  const error = asMailcensusError(thrown);
  tell(`mailcensus: ${error.message} [${error.code}]`);
  if (error.code === "internal" && error.cause instanceof Error) tell(error.cause.stack ?? error.cause.name);
  process.exitCode = error.exit;
}
