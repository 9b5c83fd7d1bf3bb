import { defineConfig } from "vitest/config";

/** The deep tests alone: `npm test` has run the others. */
export default defineConfig({
  test: {
    include: ["test/**/*.deep.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
