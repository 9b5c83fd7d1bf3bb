/** The sample host's Roundcube: a database with the tables that matter here, as Roundcube 1.6 makes them. */
import Database from "better-sqlite3";
import type { HostPlan } from "./plan.ts";

const TABLES = `
  CREATE TABLE users (
    user_id integer NOT NULL PRIMARY KEY,
    username varchar(128) NOT NULL default '',
    mail_host varchar(128) NOT NULL default '',
    created datetime NOT NULL default '0000-00-00 00:00:00',
    last_login datetime DEFAULT NULL,
    failed_login datetime DEFAULT NULL,
    failed_login_counter integer DEFAULT NULL,
    language varchar(16),
    preferences text DEFAULT NULL
  );
  CREATE UNIQUE INDEX ix_users_username ON users (username, mail_host);
  CREATE TABLE system (
    name varchar(64) NOT NULL PRIMARY KEY,
    value text NOT NULL
  );
  INSERT INTO system (name, value) VALUES ('roundcube-version', '2022081200');`;

/** Writes the database to a file that isn't there yet. */
export function writeWebmail(plan: HostPlan, file: string): void {
  const database = new Database(file);
  try {
    database.exec(TABLES);
    const insert = database.prepare<[string, string | null]>(
      "INSERT INTO users (username, mail_host, created, language) VALUES (?, 'localhost', '2026-01-05 08:00:00', ?)",
    );
    database.transaction(() => {
      for (const { domain, mailboxes } of plan.domains)
        for (const { local, webmail } of mailboxes)
          if (webmail !== null) insert.run(`${local}@${domain}`, webmail.language);
    })();
  } finally {
    database.close();
  }
}
