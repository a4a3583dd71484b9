import { defineConfig } from "vitest/config";

/** Channels that OpenClaw does not bring come from npm's registry, which `npm test` does without. */
export default defineConfig({
  test: {
    include: ["test/channels/**/*.test.ts"],
    testTimeout: 90_000,
    // Channels are installed and a gateway starts first.
    hookTimeout: 1_200_000,
    maxWorkers: 2,
    // So many channels at once.
    maxConcurrency: 8,
  },
});
