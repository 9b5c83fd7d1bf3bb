import { test } from "vitest";
import { expectErasedInTheEnd, type KillPoint } from "./erasure-kills.ts";

const POINTS: readonly KillPoint[] = [{ before: "delete from current", after: "insert into tombstone" }];

test.concurrent.each(POINTS)(
  "erasure - its collector killed with -9 before `$before`: asked again, nothing is left, and the others are whole",
  expectErasedInTheEnd,
  60_000,
);
