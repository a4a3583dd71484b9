/** Settled when this process has no file operation under way. */
const LIMIT_MS = 30_000;
/** Turns of the event loop without one: what follows a file's end may begin the next. */
const QUIET_TURNS = 20;

/** @throws Error after half a minute */
export async function filesSettled(): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
    if (performance.now() > deadline) throw new Error("files are written without end");
    await new Promise((resolve) => void setImmediate(resolve));
    const busy = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
    if (busy) quiet = 0;
  }
}
