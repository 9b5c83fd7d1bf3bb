import { test } from "vitest";
import { expectErasedInTheEnd, type KillPoint } from "./erasure-kills.ts";

const POINTS: readonly KillPoint[] = [
  { before: "insert into tombstone" },
  { before: "delete from report", after: "insert into tombstone" },
  { before: "delete from installation", after: "insert into tombstone" },
  { before: "insert into broker_erasure" },
  { before: "wal_checkpoint", after: "delete from installation" },
  { before: "insert into audit", after: "delete from installation" },
  { before: "delete from broker_erasure" },
];

test.each(POINTS)(
  "erasure - its collector killed with -9 before `$before`: asked again, nothing is left, and the others are whole",
  expectErasedInTheEnd,
  60_000,
);
