/** One package index that this system's apt knows: where, which suite, which component. */
export interface AptTarget {
  readonly site: string;
  readonly suite: string;
  readonly component: string;
  readonly origin: string;
}

/** What os-release(5) says of a Debian-like system. */
export interface AptSystem {
  readonly family: "debian" | "ubuntu";
  readonly codename: string;
}

/** The format in which `apt-get indextargets` is asked, one line an index. */
export const INDEX_FORMAT = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)";

/** Reads os-release(5); undefined where the system is not of the Debian family. */
export function parseOsRelease(text: string): AptSystem | undefined {
  const fields = new Map<string, string>();
  for (const [, key, value] of text.matchAll(/^([A-Z_]+)=["']?([^"'\n]*)["']?$/gm)) {
    if (key !== undefined && value !== undefined) fields.set(key, value);
  }
  const ids = [fields.get("ID") ?? "", ...(fields.get("ID_LIKE") ?? "").split(" ")];
  const family = ids.includes("ubuntu") ? "ubuntu" : ids.includes("debian") ? "debian" : undefined;
  const codename =
    (family === "ubuntu" ? fields.get("UBUNTU_CODENAME") : undefined) ?? fields.get("VERSION_CODENAME");
  return family === undefined || codename === undefined ? undefined : { family, codename };
}

/** Reads what `apt-get indextargets --format INDEX_FORMAT` printed. */
export function parseIndexTargets(text: string): AptTarget[] {
  return text.split("\n").flatMap((line) => {
    const [site, suite, component, origin] = line.split("|");
    if (!site || !suite || !component) return [];
    return [
      { site, suite, component, origin: origin === undefined || origin.startsWith("$(") ? "" : origin },
    ];
  });
}

/**
 * Reads what `apt-get update --print-uris` printed. It tells less (no origin), but tells it on a
 * system whose package lists were never fetched, such as a fresh container.
 */
export function parsePrintUris(text: string): AptTarget[] {
  const found = text.matchAll(/^'([^']+\/)dists\/([^'/]+)\/([^'/]+)\/binary-[^'/]+\/Packages[^']*'/gm);
  return Array.from(found, ([, site = "", suite = "", component = ""]) => ({
    site,
    suite,
    component,
    origin: "",
  }));
}

/**
 * The distribution's own indices among all: those of its release, its updates and its security
 * suite. Archives of third parties carry the same suite names, but no updates suite beside them.
 */
export function distributionTargets(targets: readonly AptTarget[], system: AptSystem): AptTarget[] {
  const { codename } = system;
  const origin = system.family === "ubuntu" ? "Ubuntu" : "Debian";
  const main = targets.filter(({ suite }) => suite === codename);
  const byOrigin = main.filter((target) => target.origin === origin);
  const byUpdates = main.filter(({ site }) =>
    targets.some((other) => other.site === site && other.suite === `${codename}-updates`),
  );
  const own = byOrigin.length > 0 ? byOrigin : byUpdates.length > 0 ? byUpdates : main;
  const sites = new Set(own.map(({ site }) => site));
  const seen = new Set<string>();
  return targets.filter(({ site, suite, component }) => {
    const ours =
      suite === `${codename}-security` ||
      (sites.has(site) && (suite === codename || suite === `${codename}-updates`));
    const key = `${site} ${suite} ${component}`;
    return ours && !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Suites, newest last, in which a package that is too old in this release may be new enough. */
export function newerSuites(system: AptSystem): string[] {
  // Names of roles, not of releases: they stay right when the next release is out.
  if (system.family === "debian") return ["stable-backports", "testing", "unstable"];
  return [`${system.codename}-backports`, "devel"];
}

/**
 * The lines of a sources list.
 * @param keyring a keyring file that must have signed the archive; without one, apt's trusted keys
 */
export function sourceLines(
  targets: readonly Pick<AptTarget, "site" | "suite" | "component">[],
  keyring?: string,
): string {
  const option = keyring === undefined ? "" : `[signed-by=${keyring}] `;
  return targets.map(({ site, suite, component }) => `deb ${option}${site} ${suite} ${component}\n`).join("");
}

/** The same archive's index in another suite; Ubuntu keeps most servers in `universe`. */
export function inSuite(targets: readonly AptTarget[], system: AptSystem, suite: string): AptTarget[] {
  const site = targets.find((target) => target.suite === system.codename)?.site;
  if (site === undefined) return [];
  const components = system.family === "ubuntu" ? ["main", "universe"] : ["main"];
  return components.map((component) => ({ site, suite, component, origin: "" }));
}

/**
 * A private apt configuration: own lists, own cache and the one sources list, so that nothing of
 * the system is changed and no root is needed. Proxies, credentials and trusted keys stay those of
 * the system, and so do apt's checks of signatures.
 */
export function aptConfiguration(folder: string): string {
  return [
    `Dir::State "${folder}/state";`,
    'Dir::State::status "/var/lib/dpkg/status";',
    `Dir::Cache "${folder}/cache";`,
    `Dir::Etc::SourceList "${folder}/sources.list";`,
    'Dir::Etc::SourceParts "/dev/null";',
    'Acquire::Languages "none";',
    'Acquire::Retries "1";',
    'Acquire::http::Timeout "10";',
    'Acquire::https::Timeout "10";',
    // A system's hooks after an update are for its own lists.
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    "",
  ].join("\n");
}
