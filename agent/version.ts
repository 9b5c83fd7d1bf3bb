/** The agent's version, as reports name it: three numbers. */
import manifest from "../package.json" with { type: "json" };

export const AGENT_VERSION: string = manifest.version.replace(/[^0-9.].*$/, "");
