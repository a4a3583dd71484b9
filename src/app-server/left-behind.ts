/**
 * What an app-server leaves behind when it dies: the sandbox of its file helper. A bubblewrap whose parent is killed in
 * the moment of its start waits for that parent for ever, and as the first process of its namespace it is deaf to
 * SIGTERM (seen with Codex 0.171). It has a process group of its own, but still the session of the app-server.
 *
 * Linux only: elsewhere Codex has another sandbox, and no such list of processes can be read.
 */
import { readdir, readFile } from "node:fs/promises";
import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";

/** Time for a tool server to tidy up, which it begins when Codex closes its input. */
const TERM_MS = 2_000;
const LOOK_MS = 100;
/** Looks with SIGKILL: each can find what was started while the one before it looked. */
const KILLS = 5;

/**
 * Ends what is left of the session that a process led, which has ended and was waited for: SIGTERM, then SIGKILL. Its
 * number stands for that session for as long as anybody is in it, and no other process can have it. Never rejects.
 */
export async function endSession(leader: number): Promise<void> {
  if (process.platform !== "linux") return;
  const killsFrom = monotonicMs() + TERM_MS;
  const asked = new Set<number>();
  for (let kills = 0; kills < KILLS;) {
    // oxlint-disable-next-line no-await-in-loop
    const members = await membersOf(leader);
    if (members.length === 0) return;
    const isLate = monotonicMs() >= killsFrom;
    if (isLate) kills += 1;
    for (const pid of members) {
      if (isLate) signal(pid, "SIGKILL");
      else if (!asked.has(pid)) signal(pid, "SIGTERM");
      asked.add(pid);
    }
    // oxlint-disable-next-line no-await-in-loop
    await pause(LOOK_MS);
  }
}

async function membersOf(session: number): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid));
  // The number was free and is somebody else's now, so whatever has it as its session is theirs.
  if (pids.includes(session)) return [];
  const sessions = await Promise.all(pids.map(sessionOf));
  return pids.filter((_, index) => sessions[index] === session);
}

/** The session of a process that runs; undefined where it has ended. */
async function sessionOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // The second field, a name in brackets, can hold anything.
  const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" ? undefined : Number(session);
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
