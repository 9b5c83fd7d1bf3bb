// @ts-check
// Unpacks the Chromium of @sparticuz/chromium into TMPDIR. A process of its own, because that
// package always unpacks into the temporary folder, and silently reuses what lies there.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import chromium, { inflate } from "@sparticuz/chromium";

await chromium.executablePath();
// Libraries that a machine without a desktop may lack (NSS and what it needs).
const packed = fileURLToPath(import.meta.resolve("@sparticuz/chromium"));
await inflate(join(packed, "..", "..", "bin", "al2023.tar.br"));
