/** `mailcensus collector nats-config` */
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { type CommandContext, type CommandRun, textFlag } from "#schemas/common/command.ts";
import { MailcensusError } from "#schemas/common/errors.ts";
import { readVendorFile } from "#schemas/vendor/read.ts";
import type { BrokerOptions } from "../nats-config.ts";
import { writeBrokerConfig } from "../nats-config-files.ts";

export const run: CommandRun = async (context) => {
  const folder = resolve(textFlag(context, "out") ?? "broker");
  const vendor = textFlag(context, "vendor");
  const subjects = vendor === undefined ? undefined : (await readVendorFile(vendor)).collector?.subjects;
  const options = { ...optionsOf(context, folder), ...(subjects === undefined ? {} : { subjects }) };
  const config = await writeBrokerConfig(folder, options, {
    random: randomBytes,
    now: context.now(),
  });
  const { serverConfig, credentials, enrolment, keys } = config;
  if (context.json) {
    context.write(
      `${JSON.stringify({ server_config: serverConfig, credentials, enrolment, operator_keys: keys })}\n`,
    );
    return 0;
  }
  context.write(
    [
      `${serverConfig}: start the broker with it (nats-server -c), or let a running one read it again (SIGHUP)`,
      `${credentials}: name it as nats.credentials in the collector's configuration; a secret`,
      `${enrolment}: publish it; agents name it as nats.enrolment`,
      `${keys}: the keys from which all of this is made; a secret, keep a copy of it`,
      "",
    ].join("\n"),
  );
  return 0;
};

/** @throws MailcensusError `usage`, all faults at once */
function optionsOf(context: CommandContext, folder: string): BrokerOptions {
  const faults: string[] = [];
  const address = (name: string, fallback?: string): string | undefined => {
    const value = textFlag(context, name) ?? fallback;
    if (value !== undefined && !isAddress(value))
      faults.push(`--${name}: expected HOST:PORT, found ${value}`);
    return value;
  };
  const listen = address("listen", "127.0.0.1:4222") ?? "";
  const monitor = address("monitor");
  const cert = textFlag(context, "tls-cert");
  const key = textFlag(context, "tls-key");
  const ca = textFlag(context, "tls-ca");
  if ((cert === undefined) !== (key === undefined))
    faults.push("--tls-cert and --tls-key: expected both or neither, found one");
  if (ca !== undefined && cert === undefined)
    faults.push("--tls-ca: expected --tls-cert and --tls-key with it, found none");
  const node = nodeOptions(context, faults);
  if (faults.length > 0) throw new MailcensusError("usage", faults.join("\n"));
  return {
    listen,
    storeDir: textFlag(context, "store-dir") ?? join(folder, "data"),
    ...(monitor === undefined ? {} : { monitor }),
    ...(cert === undefined || key === undefined
      ? {}
      : { tls: { cert, key, ...(ca === undefined ? {} : { ca }) } }),
    ...node,
  };
}

/** What makes the broker a node of a cluster. */
function nodeOptions(
  context: CommandContext,
  faults: string[],
): Pick<BrokerOptions, "serverName" | "cluster"> {
  const serverName = textFlag(context, "server-name");
  const listen = textFlag(context, "cluster-listen");
  const name = textFlag(context, "cluster-name") ?? "mailcensus";
  const given = context.flags["route"];
  const routes = Array.isArray(given) ? given.map(String) : [];
  for (const [flag, value] of [
    ["--server-name", serverName ?? name],
    ["--cluster-name", name],
  ] as const) {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(value))
      faults.push(`${flag}: expected letters, digits and -, found something else`);
  }
  for (const at of listen === undefined ? routes : [listen, ...routes]) {
    if (!isAddress(at)) faults.push(`--cluster-listen and --route: expected HOST:PORT, found ${at}`);
  }
  if ((listen === undefined) !== (routes.length === 0))
    faults.push("--cluster-listen and --route: expected both or neither, found one");
  if (listen !== undefined && serverName === undefined)
    faults.push("--cluster-listen: expected --server-name with it, found none");
  const ca = textFlag(context, "cluster-tls-ca");
  const cert = textFlag(context, "tls-cert");
  const key = textFlag(context, "tls-key");
  if (ca !== undefined && (cert === undefined || key === undefined))
    faults.push("--cluster-tls-ca: expected --tls-cert and --tls-key with it, found none");
  const tls = ca === undefined || cert === undefined || key === undefined ? {} : { tls: { cert, key, ca } };
  return {
    ...(serverName === undefined ? {} : { serverName }),
    ...(listen === undefined ? {} : { cluster: { name, listen, routes, ...tls } }),
  };
}

function isAddress(text: string): boolean {
  const port = Number(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})$/.exec(text)?.[1] ?? "0");
  return port >= 1 && port <= 65535;
}
