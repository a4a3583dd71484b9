/**
 * Test files share a worker, since starting one for each costs more than most files take. Each begins with modules and
 * process-wide state of its own, as in a worker of its own: what the file before has left running is ended first, so that
 * it sets no timer on this one's clock.
 */
import { vi } from "vitest";

const LEFT = Symbol.for("timers that a test file has left");

type Timers = Set<NodeJS.Timeout>;
type SetTimer = (run: () => void, ms?: number) => NodeJS.Timeout;

/** Turns of the event loop; a read can wait for ever for what nobody writes. */
const REST_WITHIN = 10_000;

/** The timers that were set since the worker began; from the first file on, those that are set are noted. */
function notedTimers(): Timers {
  const noted: unknown = Reflect.get(globalThis, LEFT);
  if (noted instanceof Set) return noted;
  const timers: Timers = new Set();
  Reflect.set(globalThis, LEFT, timers);
  for (const name of ["setTimeout", "setInterval"] as const) {
    const set: SetTimer = globalThis[name];
    const setAndNote = (...args: Parameters<SetTimer>): NodeJS.Timeout => {
      const timer = set(...args);
      timers.add(timer);
      return timer;
    };
    // With the form that returns a promise.
    Object.defineProperties(setAndNote, Object.getOwnPropertyDescriptors(set));
    Reflect.set(globalThis, name, setAndNote);
  }
  return timers;
}

/** What reads and writes goes on until it has been answered, and may then read, write or set a timer again. */
async function filesAreAtRest(): Promise<void> {
  for (let turn = 0; turn < REST_WITHIN; turn += 1) {
    if (!process.getActiveResourcesInfo().some((kind) => kind.startsWith("FSReq"))) return;
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setImmediate(resolve));
  }
}

await filesAreAtRest();
const timers = notedTimers();
for (const timer of timers) clearTimeout(timer);
timers.clear();

vi.resetModules();
for (const key of Object.getOwnPropertySymbols(globalThis)) {
  if (key.description?.startsWith("openclaw-codex-conversation.")) {
    Reflect.deleteProperty(globalThis, key);
  }
}
