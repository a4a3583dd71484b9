import { defineConfig } from "vitest/config";

/** These need an sshd (Debian's openssh-server), which `npm test` does not. */
export default defineConfig({
  test: {
    include: ["test/machines/**/*.test.ts"],
    testTimeout: 120_000,
    // A gateway starts first.
    hookTimeout: 240_000,
  },
});
