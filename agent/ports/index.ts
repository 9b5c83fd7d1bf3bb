/** The ports: the only ways in which a source touches the machine, all of them read-only and bounded. */
import { type CommandOptions, type CommandPort, commandPort } from "./command.ts";
import { type FilePort, filePort } from "./file.ts";
import { type SqlitePort, sqlitePort } from "./sqlite.ts";

export type Ports = {
  readonly command: CommandPort;
  readonly file: FilePort;
  readonly sqlite: SqlitePort;
};

export function createPorts(options: CommandOptions = {}): Ports {
  return { command: commandPort(options), file: filePort(), sqlite: sqlitePort() };
}

export type { CommandOptions, CommandPort, FilePort, SqlitePort };
