/**
 * Test files share a worker, since starting one for each costs more than most files take. Each begins with modules and
 * process-wide state of its own, as in a worker of its own.
 */
import { vi } from "vitest";

vi.resetModules();
for (const key of Object.getOwnPropertySymbols(globalThis)) {
  if (key.description?.startsWith("openclaw-codex-conversation.")) {
    Reflect.deleteProperty(globalThis, key);
  }
}
