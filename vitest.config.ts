import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // These need a Chromium (npm run test:browser), and npm's registry (npm run test:channels).
    exclude: [...configDefaults.exclude, "test/browser/**", "test/channels/**"],
    testTimeout: 15_000,
    hookTimeout: 60_000,
    // The end-to-end files wait for a gateway most of their time; the others need the cores meanwhile.
    maxWorkers: 3,
  },
});
