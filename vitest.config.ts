import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 15_000,
    hookTimeout: 60_000,
    // The end-to-end files wait for a gateway most of their time; the others need the cores meanwhile.
    maxWorkers: 3,
  },
});
