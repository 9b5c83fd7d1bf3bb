import { defineConfig } from "vitest/config";

/** The soak tests alone: `npm test` has run the others. */
export default defineConfig({
  test: {
    include: ["test/**/*.soak.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
