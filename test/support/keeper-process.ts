import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

// Imports nothing of this repository: a plain Node runs this file as a process of its own.

const PERIOD_MS = 25;
/** The system takes its time to end processes that it has no time for. */
const PATIENCE_MS = 60_000;

/**
 * Ends every process that was started with `folder` in its environment, those that detached
 * themselves from their parents included. Resolves once none is left. Linux only; elsewhere it
 * finds none, and the process groups have to do.
 */
export async function endProcessesOf(folder: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const pids = await processesOf(folder);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    if (Date.now() > deadline) throw new Error(`processes survive SIGKILL: ${pids.join(", ")}`);
    await sleep(PERIOD_MS);
  }
}

/** Waits for those processes to end by themselves; false if some have not within `timeoutMs`. */
export async function processesOfEnded(folder: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while ((await processesOf(folder)).length > 0) {
    if (Date.now() > deadline) return false;
    await sleep(PERIOD_MS);
  }
  return true;
}

export async function processesOf(folder: string): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const found = await Promise.all(pids.map((pid) => hasInEnvironment(pid, folder)));
  return pids.filter((_, index) => found[index]);
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

async function hasInEnvironment(pid: number, folder: string): Promise<boolean> {
  // Unreadable means somebody else's, or gone; an ended process that waits to be reaped reads empty.
  const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  return environment.includes(folder);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}

/** Waits for its owner to go, which closes this process's stdin, then tidies up after it. */
async function keep(folder: string): Promise<void> {
  let groups = "";
  for await (const chunk of process.stdin) groups += String(chunk);
  for (const group of groups.split("\n").filter(Boolean)) kill(-Number(group));
  await endProcessesOf(folder);
  await removeFolder(folder);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? "";
  if (!basename(folder).startsWith("openclaw-chain-")) throw new Error(`not ours: ${folder}`);
  await keep(join(folder));
}
