/**
 * What a store's tables are, so that a file which comes from elsewhere can be held against it: a trigger
 * or a view in it would do things with reports that nobody wrote down.
 */
import type Database from "better-sqlite3";

/** A sentence for each table, index and column; the order of columns is no part of it. */
export type Shape = ReadonlySet<string>;

type Entry = { readonly type: string; readonly name: string; readonly sql: string | null };
type Column = {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
  /** 2 and 3 of a column that is generated. */
  readonly hidden: number;
};
type Index = { readonly name: string; readonly unique: number; readonly partial: number };

export function shapeOf(database: Database.Database): Shape {
  const shape = new Set<string>();
  const entries = database
    .prepare<[], Entry>(
      // Kysely's own two it makes for itself.
      `select type, name, sql from sqlite_schema
       where not (type = 'table' and name in ('kysely_migration', 'kysely_migration_lock'))`,
    )
    .all();
  for (const { type, name, sql } of entries) {
    if (type === "index") continue;
    if (type !== "table") shape.add(`${type} ${name}`);
    else {
      const kind = /^create\s+virtual/i.test(sql ?? "") ? "virtual table" : "table";
      shape.add(`${kind} ${name}, ${checks(sql ?? "")} checks`);
      for (const column of columnsOf(database, name)) shape.add(`${name}: ${column}`);
      for (const index of indicesOf(database, name)) shape.add(`${name}: ${index}`);
    }
  }
  return shape;
}

function columnsOf(database: Database.Database, table: string): readonly string[] {
  return database
    .prepare<[string], Column>('select name, type, "notnull", pk, hidden from pragma_table_xinfo(?)')
    .all(table)
    .map(({ name, type, notnull, pk, hidden }) => `${name} ${type} ${notnull} ${pk} ${hidden}`);
}

function indicesOf(database: Database.Database, table: string): readonly string[] {
  const columns = database
    .prepare<[string], string | null>("select name from pragma_index_info(?) order by seqno")
    .pluck();
  return database
    .prepare<[string], Index>('select name, "unique", partial from pragma_index_list(?)')
    .all(table)
    .map(
      ({ name, unique, partial }) =>
        `index (${columns
          .all(name)
          .map((column) => column ?? "?")
          .join(", ")}) ${unique} ${partial}`,
    );
}

function checks(sql: string): number {
  return sql.match(/\bcheck\b/gi)?.length ?? 0;
}
