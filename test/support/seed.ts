/**
 * Properties are tried with the same examples each time, so that a change is judged by itself;
 * FAST_CHECK_SEED takes others, `FAST_CHECK_SEED=random` new ones each time.
 */
import fc from "fast-check";

const wanted = process.env["FAST_CHECK_SEED"] ?? "20261125";
if (wanted !== "random") fc.configureGlobal({ seed: Number(wanted) });
