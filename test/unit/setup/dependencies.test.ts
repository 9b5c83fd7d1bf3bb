import { describe, expect, test } from "vitest";
import { decideDependencies, matchesLock, stampOf } from "#setup/dependencies.mjs";

const packages = (found: Record<string, object>) => JSON.stringify({ packages: found });
const LOCK = packages({
  "": { name: "clone" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/only-elsewhere": { version: "2.0.0", integrity: "sha512-e", optional: true },
});
const INSTALLED = packages({ "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } });

describe("setup - dependencies", () => {
  test("setup - nothing installed is installed", () => {
    expect(decideDependencies({ lock: LOCK, installed: undefined, stamp: undefined })).toBe("install");
  });

  test("setup - node_modules that went away is installed, whatever the stamp says", () => {
    const stamp = stampOf(LOCK, INSTALLED);
    expect(decideDependencies({ lock: LOCK, installed: undefined, stamp })).toBe("install");
  });

  test("setup - what is stamped is left alone", () => {
    const stamp = stampOf(LOCK, INSTALLED);
    expect(decideDependencies({ lock: LOCK, installed: INSTALLED, stamp })).toBe("ready");
  });

  test("setup - what was installed by hand from this lock file is only stamped", () => {
    expect(decideDependencies({ lock: LOCK, installed: INSTALLED, stamp: undefined })).toBe("stamp");
  });

  test("setup - a changed lock file is installed", () => {
    const changed = LOCK.replace("1.0.0", "1.0.1");
    const stamp = stampOf(LOCK, INSTALLED);
    expect(decideDependencies({ lock: changed, installed: INSTALLED, stamp })).toBe("install");
  });

  test("setup - a note of npm that can't be read is installed anew", () => {
    expect(decideDependencies({ lock: LOCK, installed: "{", stamp: undefined })).toBe("install");
  });

  test("setup - an optional package may be absent, but not in another version", () => {
    expect(matchesLock(LOCK, INSTALLED)).toBe(true);
    const other = packages({
      "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
      "node_modules/only-elsewhere": { version: "1.9.0", integrity: "sha512-e" },
    });
    expect(matchesLock(LOCK, other)).toBe(false);
  });

  test("setup - a package with other bytes under the same version doesn't match", () => {
    expect(matchesLock(LOCK, INSTALLED.replace("sha512-a", "sha512-b"))).toBe(false);
  });
});
