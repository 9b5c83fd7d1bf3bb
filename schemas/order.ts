/** Every array of a report ascends by what identifies its elements, without repeats. */
import type { Report } from "./release.ts";

/** The pointer of the first element that doesn't come after the one before it, or null. */
export function disorderOf(report: Report): string | null {
  return (
    disorder(report.consent.purposes, "/consent/purposes", (purpose) => purpose) ??
    disorder(report.components, "/components", ({ role, name }) => `${role} ${name}`) ??
    disorder(report.languages, "/languages", languageOf) ??
    disorder(report.features, "/features", featureOf) ??
    disorder(report.domain_sizes, "/domain_sizes", ({ from }) => String(from).padStart(8, "0")) ??
    disorder(report.unknown, "/unknown", ({ metric, source }) => `${metric} ${source}`) ??
    disorder(report.domains?.list, "/domains/list", ({ domain }) => domain) ??
    inRows(report) ??
    inVendors(report)
  );
}

const languageOf = ({ language }: { language: string }): string => language;
const featureOf = ({ feature }: { feature: string }): string => feature;

function inRows({ domains }: Report): string | null {
  if (domains === undefined) return null;
  for (const [index, { languages }] of domains.list.entries()) {
    if (languages === undefined || languages.length < 2) continue;
    const found = disorder(languages, `/domains/list/${index}/languages`, languageOf);
    if (found !== null) return found;
  }
  return null;
}

function inVendors({ vendor }: Report): string | null {
  for (const [name, { features }] of Object.entries(vendor ?? {})) {
    const found = disorder(features, `/vendor/${name}/features`, featureOf);
    if (found !== null) return found;
  }
  return null;
}

function disorder<T>(
  elements: readonly T[] | undefined,
  pointer: string,
  keyOf: (element: T) => string,
): string | null {
  if (elements === undefined) return null;
  let previous: string | undefined;
  for (let index = 0; index < elements.length; index++) {
    const key = keyOf(elements[index] as T);
    if (previous !== undefined && previous >= key) return `${pointer}/${index}`;
    previous = key;
  }
  return null;
}
