/** What the demonstration says, as a person would want to read it. */
import { relative } from "node:path";
import type { ChainResult, Told } from "./chain.ts";
import type { FleetResult } from "./publish-fleet.ts";
import type { Stack } from "./stack.ts";

type Tell = (line: string) => void;

export function sayChain(result: ChainResult, { report, bytes, receipt, copyFile }: Told, tell: Tell): void {
  const { totals, sha256 } = result;
  const languages = (report.languages ?? []).map(({ language, mailboxes }) => `${language} ${mailboxes}`);
  const enabled = report.features.filter(({ state }) => state === "enabled").map(({ feature }) => feature);
  const software = (report.components ?? []).map(({ name, version }) =>
    version === undefined ? name : `${name} ${version}`,
  );
  tell("");
  tell(`Counted in ${result.period}:`);
  tell(
    `  ${figure(totals.domains)} domains · ${figure(totals.mailboxes)} mailboxes · ${figure(totals.aliases)} aliases · ${figure(totals.lists)} lists`,
  );
  tell(`  software   ${software.join(", ")}`);
  tell(`  features   ${enabled.join(", ")}`);
  tell(`  languages  ${languages.join(", ")}`);
  if (report.unknown.length > 0) {
    tell(`  unknown    ${report.unknown.map(({ metric, reason }) => `${metric} (${reason})`).join(", ")}`);
  }
  tell("");
  tell(`One report of ${bytes} bytes, one SHA-256 at four places:`);
  tell(`  preview    ${sha256.preview}`);
  tell(`  wire       ${sha256.wire}`);
  tell(`  store      ${sha256.stored}`);
  tell(`  copy       ${sha256.copy}`);
  tell("");
  tell(
    result.stored > 0
      ? "The collector stored it once."
      : "The collector already had these bytes: a duplicate, stored nothing twice.",
  );
  tell(`Receipt, signed by the collector and checked by the agent: ${receipt}.`);
  tell(`Carbon copy: ${relative(process.cwd(), copyFile)}`);
}

export function sayFleet({ installations, reports, until, sent }: FleetResult, tell: Tell): void {
  const which = `${reports} reports of ${installations} installations up to ${until}`;
  tell(sent ? `  ${which}, each with its receipt.` : `  ${which} are in the store from an earlier start.`);
}

export function sayReady({ page, processes }: Stack, tell: Tell): void {
  tell("");
  tell(`The page: ${page}`);
  tell(`Processes: ${[...processes].map(([name, pid]) => `${name} ${pid}`).join(", ")}`);
  tell("In another terminal: npx mailcensus agent status · agent preview · agent history · collector status");
  tell("Ctrl-C ends it.");
}

function figure(value: number | undefined): string {
  return value === undefined ? "unknown" : String(value);
}
