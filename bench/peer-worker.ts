/**
 * What a user would build instead: fastify in front of SQLite, with the same checks of signature and form,
 * the same durability, the report's bytes and one row to count. Group commit: what came in while the last
 * transaction was written is the next one; or a transaction a request.
 */
import Database from "better-sqlite3";
import fastify from "fastify";
import { KeyCache, verifyMessage } from "#collector/verify.ts";
import { reportSubject } from "#schemas/subjects.ts";
import { serveTasks } from "./processes.ts";

export type PeerStart = { readonly store: string; readonly commits: "each" | "group" };
export type PeerTasks = {
  /** Gives the port on the loopback. */
  start: (start: PeerStart) => Promise<number>;
  /** Gives how many reports it has. */
  stop: (_: null) => Promise<number>;
};

type Row = readonly [string, string, number, Buffer, Buffer, Uint8Array, string];
type Waiting = { readonly row: Row; readonly resolve: () => void; readonly reject: (error: unknown) => void };

let stopping: (() => Promise<number>) | undefined;

function open(path: string) {
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(`create table report (installation text, period text, revision integer, sha256 blob, signature blob,
    bytes blob, totals text, primary key (installation, period, revision))`);
  const insert = database.prepare("insert into report values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing");
  const all = database.transaction((rows: readonly Row[]) => {
    for (const row of rows) insert.run(...row);
  });
  return { database, all };
}

const tasks: PeerTasks = {
  async start({ store, commits }) {
    const { database, all } = open(store);
    const keys = new KeyCache();
    let waiting: Waiting[] = [];
    const flush = (): void => {
      const group = waiting;
      waiting = [];
      try {
        all(group.map(({ row }) => row));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    };
    const keep = (row: Row): Promise<void> => {
      if (commits === "each") {
        all([row]);
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      });
    };
    const server = fastify({ bodyLimit: 1024 * 1024 });
    server.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_, body, done) =>
      done(null, body),
    );
    server.post<{ Params: { id: string }; Body: Buffer }>("/report/:id", async (request, reply) => {
      const { body: bytes, params } = request;
      const header = (name: string): string[] => [request.headers[name.toLowerCase()] ?? []].flat();
      const evidence = await verifyMessage({ subject: reportSubject(params.id), bytes, header }, keys);
      if (!evidence.signed || !evidence.parsed.ok) return reply.code(400).send();
      const { installation, period, revision, totals } = evidence.parsed.report;
      const { digest, signature } = evidence.envelope;
      await keep([installation, period, revision, digest, signature, bytes, JSON.stringify(totals)]);
      return reply.code(204).send();
    });
    const address = await server.listen({ host: "127.0.0.1", port: 0 });
    stopping = async () => {
      await server.close();
      const count = database.prepare<[], number>("select count(*) from report").pluck().get() ?? 0;
      database.close();
      return count;
    };
    return Number(new URL(address).port);
  },
  stop: () => stopping?.() ?? Promise.resolve(0),
};
serveTasks(tasks);
