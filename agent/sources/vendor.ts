/**
 * A vendor's own figures: one JSON object, `{"seats": 25, "edition": "isp", "activesync": "enabled",
 * "activesync.usage": 12}`, printed by a program or held by a file that the vendor's file names. Only
 * what the vendor's file lists is looked at, and only a number or one of its words is told: whatever
 * else stands there ends here.
 */
import type { Entry } from "#schemas/dictionary/entry.ts";
import type { VendorFile } from "#schemas/generated/vendor.gen.ts";
import { WORDS } from "#schemas/generated/words.gen.ts";
import { MAX_COUNT } from "#schemas/metrics.ts";
import type { Fact, Reason, VendorMetric } from "../facts.ts";
import { failed, type Result } from "../ports/outcome.ts";
import type { MailSource, SourceContext } from "./source.ts";

const MAX_TEXT = 1024 * 1024;
const STATES = Object.keys(WORDS.state);

export type VendorPlace = NonNullable<VendorFile["source"]>;

/** @param entries those of the vendor @param place its paths absolute */
export function vendorSource(file: VendorFile, entries: readonly Entry[], place: VendorPlace): MailSource {
  return { name: "vendor", role: "vendor", read: (context) => read(file, entries, place, context) };
}

async function read(
  { vendor }: VendorFile,
  entries: readonly Entry[],
  place: VendorPlace,
  context: SourceContext,
): Promise<void> {
  const text = await readText(place, context);
  const { emit } = context;
  const told = text.ok ? parseObject(text.value) : text;
  for (const entry of entries) {
    if (entry.metric === null) continue;
    const metric = entry.metric as VendorMetric;
    const name = metric.slice(`vendor.${vendor}.`.length);
    if (told.ok) emit(factOf(entry, metric, Object.hasOwn(told.value, name) ? told.value[name] : undefined));
    else emit({ kind: "unknown", metric, reason: told.reason });
  }
}

async function readText(place: VendorPlace, { ports, signal }: SourceContext): Promise<Result<string>> {
  if (place.file !== undefined) return ports.file.text(place.file);
  const [file, ...args] = place.command ?? [];
  if (file === undefined) return failed("not-configured");
  const lines: string[] = [];
  let size = 0;
  const outcome = await ports.command.run(
    { file, args },
    (line) => {
      size += line.length + 1;
      lines.push(line);
      return size > MAX_TEXT ? "malformed" : undefined;
    },
    signal,
  );
  return outcome.ok ? { ok: true, value: lines.join("\n") } : outcome;
}

function parseObject(text: string): Result<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return failed("malformed");
    return { ok: true, value: value as Record<string, unknown> };
  } catch {
    return failed("malformed");
  }
}

function factOf(entry: Entry, metric: VendorMetric, value: unknown): Fact {
  const unknown = (reason: Reason): Fact => ({ kind: "unknown", metric, reason });
  // What the program doesn't speak of isn't zero.
  if (value === undefined) return unknown("unsupported");
  const words =
    entry.place.kind === "feature" ? STATES : entry.words === null ? null : Object.keys(entry.words);
  if (words !== null) {
    const word = words.find((known) => known === value);
    return word === undefined ? unknown("malformed") : { kind: "vendor", metric, value: word };
  }
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) return unknown("malformed");
  return value > MAX_COUNT ? unknown("out-of-range") : { kind: "vendor", metric, value };
}
