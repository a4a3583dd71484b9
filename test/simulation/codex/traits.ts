/** How the versions of Codex differ, as `test/support/codex-traits.ts` has it of the real ones. */
import { Seeded } from "../../support/seeded.js";

/** Weights: the newer ones do more by themselves. */
const VERSIONS = {
  "0.125.0": 10,
  "0.140.0": 20,
  "0.154.0": 20,
  "0.169.0": 20,
  "0.171.0": 30,
} as const;
type Version = keyof typeof VERSIONS;

export type Traits = ReturnType<typeof traitsOf>;

export function traitsOf(version: Version) {
  const minor = Number(version.split(".")[1]);
  const since = (first: number): boolean => minor >= first;
  return {
    hasGoals: since(140),
    /** A thread belongs to one live process. Else any may resume it. */
    locksThreads: since(154),
    /** Words for a running turn, given as a turn, are answered with that turn. Else with one that never comes. */
    namesJoinedTurn: since(154),
    /** A turn's end brings its last answer along. */
    endsWithLastAnswer: since(154),
    /** Sub-agents are named by an activity. Else by the call of a tool. */
    tellsAgentActivity: since(154),
    namesRootTurn: since(169),
    /** Refuses to interrupt a turn that has ended. Else the request gets no answer. */
    answersLateInterrupts: since(169),
    /** Has a clock, and questions whose answer is not waited for. */
    hasClock: since(169),
    /** An interrupt must name the turn that runs. Else any name does. */
    checksInterrupts: since(140),
    /** The setting that takes sub-agents away is known. Else a thread that is loaded with it is refused. */
    knowsAgentsEnabled: since(154),
    /** How long a thread stays that everybody has left. */
    unloadsAfterMs: since(140) ? 60_000 : 30 * 60_000,
  };
}

/** In so many worlds of a hundred Codex is behind a WebSocket, with people at terminals beside the gateway. */
const SHARED_IN = 50;
/** Such an app-server is asked for by the newest only. */
const SHARED_VERSION: Version = "0.171.0";

/** Which Codex a world has. */
export function drawCodex(seed: number): { isShared: boolean; version: Version } {
  const isShared = new Seeded(seed, "shared").int(1, 100) <= SHARED_IN;
  const version = isShared ? SHARED_VERSION : new Seeded(seed, "version").weighted(VERSIONS);
  return { isShared, version };
}
