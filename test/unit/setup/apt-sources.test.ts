import { describe, expect, test } from "vitest";
import {
  type AptSystem,
  aptConfiguration,
  distributionTargets,
  inSuite,
  newerSuites,
  parseIndexTargets,
  parseOsRelease,
  parsePrintUris,
  sourceLines,
} from "#setup/apt-sources.ts";

const BOOKWORM: AptSystem = { family: "debian", codename: "bookworm" };
const INDEX = [
  "http://mirror.example/debian/|bookworm|main|Debian",
  "http://mirror.example/debian/|bookworm-updates|main|Debian",
  "http://security.example/debian-security/|bookworm-security|main|Debian",
  "https://tools.example/linux/|bookworm|stable|Tools",
  "https://node.example/|nodistro|main|Node",
  "",
].join("\n");

describe("setup - the package archive", () => {
  test("setup - Debian, Ubuntu and what is made from them are known", () => {
    expect(parseOsRelease('ID=debian\nVERSION_CODENAME=bookworm\nNAME="Debian"\n')).toEqual(BOOKWORM);
    expect(
      parseOsRelease("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n"),
    ).toEqual({
      family: "ubuntu",
      codename: "noble",
    });
    expect(
      parseOsRelease(
        'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n',
      ),
    ).toEqual({ family: "ubuntu", codename: "noble" });
    expect(parseOsRelease("ID=alpine\nVERSION_ID=3.22\n")).toBeUndefined();
    expect(parseOsRelease("")).toBeUndefined();
  });

  test("setup - only the distribution's own indices are taken", () => {
    expect(distributionTargets(parseIndexTargets(INDEX), BOOKWORM).map(({ suite }) => suite)).toEqual([
      "bookworm",
      "bookworm-updates",
      "bookworm-security",
    ]);
  });

  test("setup - a system whose lists were never fetched is read from what an update would fetch", () => {
    const printed = [
      "'http://mirror.example/debian/dists/bookworm/InRelease' a 0 ",
      "'https://tools.example/linux/dists/bookworm/stable/binary-amd64/Packages.xz' d 0 ",
      "'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' b 0 ",
      "'http://mirror.example/debian/dists/bookworm/main/binary-all/Packages.xz' b 0 ",
      "'http://mirror.example/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz' c 0 ",
    ].join("\n");
    const targets = distributionTargets(parsePrintUris(printed), BOOKWORM);
    expect(sourceLines(targets)).toBe(
      "deb http://mirror.example/debian/ bookworm main\ndeb http://mirror.example/debian/ bookworm-updates main\n",
    );
  });

  test("setup - a newer suite is asked of the same archive", () => {
    const targets = distributionTargets(parseIndexTargets(INDEX), BOOKWORM);
    expect(sourceLines(inSuite(targets, BOOKWORM, "unstable"), "/usr/share/keyrings/x.gpg")).toBe(
      "deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian/ unstable main\n",
    );
    expect(inSuite([], BOOKWORM, "unstable")).toEqual([]);
  });

  test("setup - on Ubuntu the servers of universe are looked at too", () => {
    const noble: AptSystem = { family: "ubuntu", codename: "noble" };
    const targets = parseIndexTargets("http://mirror.example/ubuntu/|noble|main|Ubuntu\n");
    expect(newerSuites(noble)).toEqual(["noble-backports", "devel"]);
    expect(inSuite(targets, noble, "devel").map(({ component }) => component)).toEqual(["main", "universe"]);
  });

  test("setup - the private configuration has folders of its own and trusts what the system trusts", () => {
    const text = aptConfiguration("/clone/.cache/tmp/apt-1");
    expect(text).toContain('Dir::State "/clone/.cache/tmp/apt-1/state";');
    expect(text).toContain('Dir::Etc::SourceParts "/dev/null";');
    expect(text).not.toMatch(/trusted|AllowUnauthenticated|AllowInsecure|auth\.conf/i);
  });
});
