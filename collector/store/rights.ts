/** What the store keeps about rights: requests, consents, objections, disclosures, the audit. Times are Unix seconds. */
import type Database from "better-sqlite3";

/** Who asked: the agent itself, or an operator for somebody. */
export type Via = "agent" | "operator";

export type RightsRequestRow = {
  readonly id: number;
  readonly action: string;
  readonly via: Via;
  readonly received_at: number;
  readonly answered_at: number | null;
  readonly outcome: string | null;
  /** The installation's public key; null where it isn't known or was erased. */
  readonly public_key: Buffer | null;
  readonly about: string | null;
  readonly evidence: string | null;
};

export type ConsentRow = {
  readonly since: number;
  readonly recorded_at: number;
  readonly level: number;
  readonly purposes: number;
  readonly policy: number;
  readonly scope: number;
  readonly policy_sha256: Buffer | null;
};

export type DisclosureRow = {
  readonly at: number;
  readonly recipient: string;
  readonly basis: string;
  readonly what: string;
};

export type AuditRow = {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  /** Words and numbers; never whose data. */
  readonly detail: string;
};

/** When these happened to an installation; null where they didn't. */
export type Wishes = { readonly objected_at: number | null; readonly withdrawn_at: number | null };

export type RightsReader = {
  find(publicKey: Buffer): { readonly id: number; readonly first_seen: number } | undefined;
  /** The bytes of the answer to this request, null where none are kept; undefined where it is new. @param request SHA-256 */
  answered(request: Buffer): { readonly kept: Buffer | null; readonly at: number } | undefined;
  /** How many requests of an installation came since then. */
  since(installation: number, at: number): number;
  requests(installation?: number): readonly RightsRequestRow[];
  consents(installation: number): readonly ConsentRow[];
  /** Those of an installation and those of everyone, the oldest first. */
  disclosures(installation: number | null): readonly DisclosureRow[];
  wishes(installation: number): Wishes;
  audit(): readonly AuditRow[];
  /** Whose messages are still to be overwritten at the broker. */
  leftAtBroker(): readonly { readonly public_key: Buffer }[];
};

export type NewRequest = {
  readonly installation: number | null;
  readonly request: Buffer | null;
  readonly action: string;
  readonly via: Via;
  readonly received_at: number;
  readonly evidence: string | null;
};

export type RightsStatements = RightsReader & {
  /** @returns its number */
  receive(request: NewRequest): number;
  /** @param kept the answer's bytes, where it is short and doesn't change */
  answer(id: number, at: number, outcome: string, kept: Buffer | null): void;
  agree(
    installation: number,
    consent: ConsentRow & { readonly request: Buffer; readonly signature: Buffer },
  ): void;
  object(installation: number, at: number | null): void;
  /** @param at null where there is consent again */
  withdraw(installation: number, at: number | null): void;
  disclose(row: DisclosureRow & { readonly installation: number | null; readonly recorded_at: number }): void;
  note(row: Omit<AuditRow, "id">): void;
  /** What is to be overwritten at the broker, until it is. */
  readonly broker: { add(publicKey: Buffer, at: number): void; done(publicKey: Buffer): void };
};

export function prepareRightsReader(database: Database.Database): RightsReader {
  const find = database.prepare<[Buffer], { id: number; first_seen: number }>(
    "select id, first_seen from installation where public_key = ?",
  );
  const answered = database.prepare<[Buffer], { kept: Buffer | null; at: number }>(
    "select answer as kept, coalesce(answered_at, received_at) as at from rights_request where request = ?",
  );
  const since = database
    .prepare<[number, number], number>(
      "select count(*) from rights_request where installation = ? and received_at >= ?",
    )
    .pluck();
  const requests = database.prepare<{ id: number | null }, RightsRequestRow>(
    `select rights_request.id, action, via, received_at, answered_at, outcome, public_key, about, evidence
     from rights_request left join installation on installation.id = rights_request.installation
     where @id is null or rights_request.installation = @id order by received_at, rights_request.id`,
  );
  const consents = database.prepare<[number], ConsentRow>(
    `select since, recorded_at, level, purposes, policy, scope, policy_sha256 from consent
     where installation = ? order by since, policy`,
  );
  const disclosures = database.prepare<{ id: number | null }, DisclosureRow>(
    `select at, recipient, basis, what from disclosure where everyone = 1 or installation = @id order by at, id`,
  );
  const wishes = database.prepare<{ id: number }, Wishes>(
    `select (select at from objection where installation = @id) as objected_at,
       (select at from withdrawal where installation = @id) as withdrawn_at`,
  );
  const audit = database.prepare<[], AuditRow>("select id, at, actor, action, detail from audit order by id");
  const erasures = database.prepare<[], { public_key: Buffer }>("select public_key from broker_erasure");
  return {
    find: (publicKey) => find.get(publicKey),
    answered: (request) => answered.get(request),
    since: (installation, at) => since.get(installation, at) ?? 0,
    requests: (installation) => requests.all({ id: installation ?? null }),
    consents: (installation) => consents.all(installation),
    disclosures: (installation) => disclosures.all({ id: installation }),
    wishes: (installation) => wishes.get({ id: installation }) ?? { objected_at: null, withdrawn_at: null },
    audit: () => audit.all(),
    leftAtBroker: () => erasures.all(),
  };
}

export function prepareRights(database: Database.Database): RightsStatements {
  const receive = database.prepare(
    `insert into rights_request (installation, request, action, via, received_at, evidence)
     values (@installation, @request, @action, @via, @received_at, @evidence)`,
  );
  const answer = database.prepare(
    "update rights_request set answered_at = ?, outcome = ?, answer = ? where id = ?",
  );
  const agree = database.prepare(
    `insert into consent (installation, since, recorded_at, level, purposes, policy, scope, policy_sha256, request, signature)
     values (@installation, @since, @recorded_at, @level, @purposes, @policy, @scope, @policy_sha256, @request, @signature)
     on conflict do nothing`,
  );
  const set = (table: "objection" | "withdrawal") => {
    const put = database.prepare(
      `insert into ${table} (installation, at) values (?, ?) on conflict do nothing`,
    );
    const drop = database.prepare(`delete from ${table} where installation = ?`);
    return (installation: number, at: number | null): void =>
      void (at === null ? drop.run(installation) : put.run(installation, at));
  };
  const disclose = database.prepare(
    `insert into disclosure (installation, everyone, at, recorded_at, recipient, basis, what)
     values (@installation, @everyone, @at, @recorded_at, @recipient, @basis, @what)`,
  );
  const note = database.prepare("insert into audit (at, actor, action, detail) values (?, ?, ?, ?)");
  const addErasure = database.prepare(
    "insert into broker_erasure (public_key, at) values (?, ?) on conflict do nothing",
  );
  const erasureDone = database.prepare("delete from broker_erasure where public_key = ?");
  return {
    ...prepareRightsReader(database),
    receive: (request) => Number(receive.run(request).lastInsertRowid),
    answer: (id, at, outcome, kept) => void answer.run(at, outcome, kept, id),
    agree: (installation, consent) => void agree.run({ installation, ...consent }),
    object: set("objection"),
    withdraw: set("withdrawal"),
    disclose: (row) => void disclose.run({ ...row, everyone: row.installation === null ? 1 : 0 }),
    note: ({ at, actor, action, detail }) => void note.run(at, actor, action, detail),
    broker: {
      add: (publicKey, at) => void addErasure.run(publicKey, at),
      done: (publicKey) => void erasureDone.run(publicKey),
    },
  };
}
