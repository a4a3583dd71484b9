import { defineConfig } from "vitest/config";

/** These need a Chromium, which `npm test` does not. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 180_000,
    // A gateway starts first.
    hookTimeout: 240_000,
  },
});
