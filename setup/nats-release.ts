import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { output, reasonOf } from "./process.ts";

/** Also the release of the container image. */
export const NATS_RELEASE = "2.12.15";

// The SHA-256 of the official release's archives, as the project's own container images pin them
// (nats-io/nats-docker, 2.12.x/alpine3.22/Dockerfile, release of 2026-08-12).
const ARCHIVES = new Map([
  ["linux-x64", ["amd64", "58ab8131f819263897e2fc38e503e1b755b63bcafeecc7d12582487df48ca15e"]],
  ["linux-arm64", ["arm64", "b724db99fefbf8f5c808baa82819ee50350aee9734017e4a478f7e545cef3ab6"]],
] as const);

// Where nothing outside is reachable, this is what the try costs at most.
const ANSWER_WITHIN_MS = 5_000;
const DOWNLOAD_WITHIN_MS = 90_000;

/**
 * Downloads the pinned official release of nats-server, checks it and unpacks it.
 * @param into an empty folder
 * @returns the path of the program
 * @throws {Error} no release for this machine, not reachable in time, or not the pinned bytes
 */
export async function fetchNatsRelease(into: string): Promise<string> {
  const machine = `${process.platform}-${process.arch}`;
  const pinned = [...ARCHIVES].find(([key]) => key === machine)?.[1];
  if (pinned === undefined) throw new Error(`no release is pinned for ${machine}`);
  const [arch, sha256] = pinned;
  const name = `nats-server-v${NATS_RELEASE}-linux-${arch}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${NATS_RELEASE}/${name}.tar.gz`;

  const abort = new AbortController();
  const answer = setTimeout(() => abort.abort(new Error("no answer in 5 s")), ANSWER_WITHIN_MS);
  const whole = setTimeout(() => abort.abort(new Error("not downloaded in 90 s")), DOWNLOAD_WITHIN_MS);
  let bytes: Buffer;
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(answer);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    bytes = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    // fetch says only "fetch failed"; its cause says what happened.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`it can't be reached (${reasonOf(cause)})`, { cause: error });
  } finally {
    clearTimeout(answer);
    clearTimeout(whole);
  }
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
    throw new Error("the release is not the one whose SHA-256 is pinned: it was not unpacked");
  }
  const packed = join(into, "release.tar.gz");
  await writeFile(packed, bytes);
  await output("tar", ["-xzf", packed, "-C", into]);
  return join(into, name, "nats-server");
}
