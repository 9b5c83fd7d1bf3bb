/** Starts and ends what the demonstration consists of: broker, mail sink, collector and page, each for real. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { loadOrMakeCollectorIdentity } from "#collector/identity.ts";
import { writeBrokerConfig } from "#collector/nats-config-files.ts";
import { readIfThere, writeAtomic } from "#schemas/common/files.ts";
import { findNatsServer } from "#setup/nats-server.ts";
import { commandEnvironment } from "./command.ts";
import { makeSampleHost } from "./host/host.ts";
import { configText, type Layout, type Ports } from "./layout.ts";
import { freePort } from "./ports.ts";
import { Service } from "./process.ts";
import { MailSink } from "./sink.ts";
import { ensureCertificates } from "./tls.ts";

/** What runs, and where. */
export type Stack = AsyncDisposable & {
  readonly ports: Ports;
  /** The address of the page, or null where it wasn't asked for. */
  readonly page: string | null;
  /** The process ids by name, for those who want to end one by hand. */
  readonly processes: ReadonlyMap<string, number>;
  /** Settles with the name of the first process that ended by itself. */
  readonly failed: Promise<string>;
};

export type StackOptions = {
  readonly page: boolean;
  readonly tell: (line: string) => void;
};

/** Everything up and ready; what was started is ended again where a part can't be. */
export async function startStack(layout: Layout, options: StackOptions): Promise<Stack> {
  await using parts = new AsyncDisposableStack();
  await mkdir(layout.folder, { recursive: true, mode: 0o700 });
  await mkdir(dirname(layout.store), { recursive: true, mode: 0o700 });
  const ports = await choosePorts(layout);

  options.tell(`Sample mail host: Postfix, Dovecot and Roundcube, as files in ${layout.shown}/host`);
  await makeSampleHost(layout.host);
  const collector = await loadOrMakeCollectorIdentity(layout.collectorKey, randomBytes);
  await writeAtomic(layout.config, configText(ports, collector.id));

  const services: Service[] = [];
  const start = async (service: Promise<Service>): Promise<void> => {
    services.push(parts.use(await service));
  };
  const nats = await findNatsServer();
  options.tell(
    `Broker: nats-server ${nats.version} with JetStream on 127.0.0.1:${ports.broker}, closed configuration, TLS`,
  );
  const { tls } = layout.broker;
  await ensureCertificates(tls, new Date());
  await writeBrokerConfig(
    layout.broker.folder,
    {
      listen: `127.0.0.1:${ports.broker}`,
      storeDir: layout.broker.storage,
      tls: { cert: tls.cert, key: tls.key },
    },
    { random: randomBytes, now: new Date() },
  );
  await start(
    Service.start({
      name: "broker",
      command: nats.path,
      args: ["-c", layout.broker.config],
      ready: (line) => line.includes("Server is ready"),
    }),
  );

  options.tell(`Mail sink: SMTP on 127.0.0.1:${ports.smtp}, keeps carbon copies in ${layout.shown}/copies`);
  parts.use(await MailSink.start(layout.copies, ports.smtp));

  options.tell(`Collector: on a SQLite file, ${layout.shown}/collector/mailcensus.db`);
  await start(
    startCommand(layout, "collector", ["collector", "run"], (line) => line.includes('"collector.ready"')),
  );

  if (options.page) {
    await start(startCommand(layout, "page", ["dashboards", "run"], (line) => line.includes("http://")));
  }
  const owned = parts.move();
  return {
    ports,
    page: options.page ? `http://127.0.0.1:${ports.page}/` : null,
    processes: new Map(services.map((service) => [service.name, service.pid ?? 0])),
    failed: Promise.race(services.map((service) => service.gone.then(() => service.name))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function startCommand(
  layout: Layout,
  name: string,
  words: readonly string[],
  ready: (line: string) => boolean,
): Promise<Service> {
  return Service.start({
    name,
    command: process.execPath,
    args: [layout.program, ...words],
    env: commandEnvironment(layout),
    ready,
  });
}

/** The ports of last time where they are free, so that bookmarks and open terminals go on working. */
async function choosePorts(layout: Layout): Promise<Ports> {
  const before = await readIfThere(layout.ports);
  const wanted: Ports = {
    ...{ broker: 0, smtp: 0, page: layout.pagePort, health: 0 },
    ...(before === null ? {} : JSON.parse(before.toString("utf8"))),
  };
  const broker = await freePort(wanted.broker);
  const smtp = await freePort(wanted.smtp);
  const page = await freePort(wanted.page);
  const health = await freePort(wanted.health);
  const ports = { broker, smtp, page, health };
  await writeAtomic(layout.ports, `${JSON.stringify(ports)}\n`);
  return ports;
}
