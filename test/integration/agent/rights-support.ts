/** An installation with some weeks of reports at a real collector. */
import { readdir, readFile } from "node:fs/promises";
import { expect } from "vitest";
import type { CountReport } from "#agent/counting.ts";
import type { Ports } from "#agent/main.ts";
import { ALIVE, type Chain, TERMS } from "#support/chain.ts";
import { sampleReport } from "../../unit/agent/fixture.ts";

const WEEK_MS = 7 * 86_400_000;

export function weeksAgo(weeks: number): () => Date {
  return () => new Date(Date.now() - weeks * WEEK_MS);
}

/** Counts so many mailboxes, without a mail server. */
export function counting(mailboxes: number): Partial<Ports> {
  const count: CountReport = async (head) => sampleReport(head, mailboxes);
  return { count };
}

/** Likewise, of a server with so many domains. */
export function countingDomains(domains: number): Partial<Ports> {
  const names = Array.from(
    { length: domains },
    (_, index) => `d${String(index).padStart(5, "0")}.mail.example`,
  );
  const count: CountReport = async (head) => {
    const report = sampleReport(head, domains);
    const list = names.map((domain) => ({ domain, mailboxes: 1 }));
    const withheld = { excluded: 0, form: 0, limit: 0 };
    return { ...report, totals: { domains, mailboxes: domains }, domains: { list, withheld } };
  };
  return { count };
}

/** So many weeks' reports, up to this one; what the history then has. */
export async function reported(
  chain: Chain,
  weeks: number,
  terms: Parameters<ReturnType<Chain["agent"]>["enable"]>[0] = TERMS,
) {
  await chain.agent({ ports: counting(25) }).enable(terms, ALIVE);
  for (let ago = weeks - 1; ago >= 0; ago--) {
    const sent = await chain.agent({ now: weeksAgo(ago), ports: counting(25 + ago) }).send(ALIVE);
    expect(sent.failure).toBeNull();
  }
  return chain.agent().history();
}

/** Every file of the state folder, one after the other. */
export async function stateBytes(chain: Chain, state = "state"): Promise<string> {
  const folder = chain.temp.file(state);
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(`${file.parentPath}/${file.name}`, "latin1"));
  return (await Promise.all(texts)).join("\n");
}
