import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // These need a Chromium: npm run test:browser.
    exclude: [...configDefaults.exclude, "test/browser/**"],
    testTimeout: 15_000,
    hookTimeout: 60_000,
    // The end-to-end files wait for a gateway most of their time; the others need the cores meanwhile.
    maxWorkers: 3,
  },
});
