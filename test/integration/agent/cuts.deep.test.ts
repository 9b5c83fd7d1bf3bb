import { test } from "vitest";
import { sendOverCuts } from "./cuts.ts";

test("network - cut in mid-packet at many places: nothing lost, nothing twice, and the ledger balances", () =>
  sendOverCuts(12));
