import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Missing } from "./available.ts";
import { withLock } from "./lock.mjs";
import { CACHE, ROOT } from "./places.mjs";
import { onPath, output, reasonOf } from "./process.ts";
import { step } from "./tell.mjs";

/** A browser for playwright-core: `chromium.launch({ executablePath, args })`. */
export interface Browser {
  readonly executablePath: string;
  readonly args: string[];
}

const INSTALLED = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const HOME = join(CACHE, "browser");
const HOW = "install Chromium or Chrome so that `chromium` or `google-chrome` is on PATH";

// The package's browser is a headless shell, which has no sandbox helper beside it.
const UNPACKED_ARGS = ["--no-sandbox", "--no-zygote", "--disable-gpu"];

/**
 * The script through which the browser is started: the package's fonts only where the system has
 * no font configuration, its libraries (NSS) only where the browser doesn't run without them.
 */
function wrapper(withLibraries: boolean): string {
  return [
    "#!/bin/sh",
    `here=\${0%/*}`,
    `[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_PATH="$here/fonts"`,
    ...(withLibraries ? [`export LD_LIBRARY_PATH="$here/al2023/lib"`] : []),
    `exec "$here/chromium" "$@"`,
    "",
  ].join("\n");
}

/** The package's own names folders outside the clone. */
function fontConfiguration(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(home, "fonts", "fonts")}</dir>
  <cachedir>${join(home, "fonts-cache")}</cachedir>
</fontconfig>
`;
}

function runs(program: string): Promise<boolean> {
  return output(program, ["--version"], { timeout: 20_000 }).then(
    // Some systems ship a script of that name that only says how to install one.
    (said) => /Chrom/.test(said),
    () => false,
  );
}

async function installed(): Promise<Browser | undefined> {
  for (const name of INSTALLED) {
    for (const executablePath of onPath(name)) {
      if (await runs(executablePath)) return { executablePath, args: [] };
    }
  }
  return undefined;
}

async function unpacked(): Promise<Browser> {
  const manifest = join(ROOT, "node_modules", "@sparticuz", "chromium", "package.json");
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  // A folder for each version: the browser of an older one must not be taken for this one's.
  const home = join(HOME, version);
  const browser = { executablePath: join(home, "run"), args: UNPACKED_ARGS };
  if (await runs(browser.executablePath)) return browser;

  await mkdir(HOME, { recursive: true });
  await withLock(join(HOME, ".lock"), async () => {
    if (await runs(browser.executablePath)) return;
    const made = await mkdtemp(join(HOME, ".new-"));
    try {
      await step("unpacking the browser for the tests (first time, about 5 s)", () =>
        output(process.execPath, [join(ROOT, "setup", "browser-unpack.mjs")], {
          env: { ...process.env, TMPDIR: made },
        }),
      );
      await writeFile(join(made, "run"), wrapper(!(await runs(join(made, "chromium")))));
      await chmod(join(made, "run"), 0o755);
      await writeFile(join(made, "fonts", "fonts.conf"), fontConfiguration(home));
      await rm(home, { recursive: true, force: true });
      await rename(made, home);
    } finally {
      await rm(made, { recursive: true, force: true });
    }
    await output(browser.executablePath, ["--version"], { timeout: 20_000 });
  });
  return browser;
}

let found: Promise<Browser | Missing> | undefined;

/**
 * A browser that runs here: an installed Chromium or Chrome, else (Linux on x64) the one that comes
 * with the development dependencies, unpacked inside the clone. Never rejects: where there is none,
 * the answer says why in a sentence.
 */
export function findBrowser(): Promise<Browser | Missing> {
  found ??= (async () => {
    const here = await installed();
    if (here !== undefined) return here;
    if (process.platform !== "linux" || process.arch !== "x64") {
      return {
        missing: `no browser is installed, and none comes with the dependencies for this machine: ${HOW}.`,
      };
    }
    try {
      return await unpacked();
    } catch (error) {
      return {
        missing: `the browser that comes with the dependencies doesn't run here (${reasonOf(error)}): ${HOW}.`,
      };
    }
  })();
  return found;
}
