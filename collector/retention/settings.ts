/** For how long what is kept; the notice says the same, so that it stands beside the contract. */
export { DEFAULT_RETENTION, keptSentences, type Retention } from "#schemas/retention.ts";
