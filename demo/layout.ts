/** The demonstration's folder: everything it keeps, inside the clone. */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export type Layout = ReturnType<typeof layoutOf>;

/** `MAILCENSUS_DEMO` moves it (tests do); otherwise `.data/demo` in the clone. */
export function layoutOf(env: NodeJS.ProcessEnv) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const folder = env["MAILCENSUS_DEMO"] ?? join(root, ".data", "demo");
  const broker = join(folder, "broker");
  return {
    root,
    folder,
    /** The folder as a person at the clone would name it. */
    shown: folder.startsWith(root) ? relative(root, folder) : folder,
    /** The page's port where it is free, the same on every machine; a folder of its own takes any, so that two don't want the same. */
    pagePort: env["MAILCENSUS_DEMO"] === undefined ? 8620 : 0,
    program: join(root, "bin", "mailcensus.mjs"),
    config: join(folder, "mailcensus.toml"),
    host: join(folder, "host"),
    agent: join(folder, "agent"),
    copies: join(folder, "copies"),
    store: join(folder, "collector", "mailcensus.db"),
    collectorKey: join(folder, "collector", "collector.key"),
    ports: join(folder, "ports.json"),
    running: join(folder, "running.json"),
    broker: {
      folder: broker,
      config: join(broker, "nats.conf"),
      credentials: join(broker, "collector.creds"),
      enrolment: join(broker, "enrolment.json"),
      tls: { ca: join(broker, "ca.pem"), cert: join(broker, "cert.pem"), key: join(broker, "key.pem") },
      storage: join(broker, "data"),
    },
  } as const;
}

export type Ports = {
  readonly broker: number;
  readonly smtp: number;
  readonly page: number;
  /** The collector's `/healthz` and `/metrics`. */
  readonly health: number;
};

/** The configuration that the demonstration's processes share, as a person would write it. */
export function configText(ports: Ports, collectorKey: string): string {
  return `# Written by the demonstration at each start.
[operator]
name = "mailcensus demonstration"
contact = "nobody@operator.example"
data_protection_officer = "none: this is a demonstration"
recipients = []
region = "this machine"
authority = "none: this is a demonstration"

[agent]
state = "agent"
collector_key = "${collectorKey}"

[nats]
servers = ["tls://127.0.0.1:${ports.broker}"]
ca = "broker/ca.pem"
credentials = "broker/collector.creds"
enrolment = "broker/enrolment.json"

[copy]
to = "admin@mx.example"
smtp = "smtp://127.0.0.1:${ports.smtp}"

[sources.postfix]
config = "host/postfix"

[sources.dovecot]
config = "host/dovecot/dovecot.conf"

[sources.roundcube]
database = "host/roundcube/roundcube.db"

[collector]
key = "collector/collector.key"
listen = "127.0.0.1:${ports.health}"

[store]
url = "sqlite:collector/mailcensus.db"

[dashboards]
host = "127.0.0.1"
port = ${ports.page}
notice = "Demonstration: the bundled sample host and a made-up fleet of installations. No figure here is of a real server."
`;
}
