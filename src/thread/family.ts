/** A thread's sub-agents, and theirs: who they are, and which of them have a turn running. */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { keepNewest } from "../common/keep-newest.js";
import { pause } from "../common/pause.js";
import { Waits } from "./waits.js";

/** A sub-agent: it works on a thread that Codex has made for it. */
export type Agent = {
  readonly threadId: string;
  /** As the model named it, or as Codex did; a number until that is known. */
  name: string;
  /** Settled once its name is known, or cannot be had. */
  naming: Promise<void>;
  /** Its turn that runs. */
  turnId: string | undefined;
  /** Its parent has given it work, and its turn has not begun yet. */
  starting: boolean;
  /** It was stopped while it was starting: its turn is interrupted once it begins. */
  toStop: boolean;
  /** Its turn began with this one, of the bound thread. */
  rootTurnId: string | undefined;
};

/** How long a name may hold up what is said of its bearer. */
const NAMED_WITHIN_MS = 2000;

/** What they are called, once that is known of each or takes too long; none if there are none. Never rejects. */
export async function namesOfAgents(agents: readonly Agent[]): Promise<string[]> {
  if (agents.length > 0) {
    await pause(NAMED_WITHIN_MS, Promise.all(agents.map(({ naming }) => naming)));
  }
  return agents.map(({ name }) => name);
}

/** What Codex begins for a turn that has been stopped, it begins within moments. */
const STOPPED_ROOTS = 50;

export class Family {
  readonly waits = new Waits();
  readonly #agents = new Map<string, Agent>();
  /** Turns that were stopped with all that works for them: a sub-agent can begin later than that. */
  readonly #stoppedRoots = new Set<string>();

  /** All that were met since the thread was loaded, in order. */
  agents(): Agent[] {
    return [...this.#agents.values()];
  }

  /** Those with a turn that runs or is about to begin. */
  running(): Agent[] {
    return this.agents().filter(({ turnId, starting }) => turnId !== undefined || starting);
  }

  /** How many of those work at this moment: not those that wait for a person, or for sub-agents of theirs. */
  countAtWork(): number {
    let count = 0;
    for (const { turnId, starting, threadId } of this.#agents.values()) {
      const runs = turnId !== undefined || starting;
      if (runs && !this.waits.isWaiting(threadId)) count += 1;
    }
    return count;
  }

  /** The sub-agents of this turn of the bound thread that begin their work from now on are to be stopped. */
  stopRoot(turnId: string): void {
    this.#stoppedRoots.add(turnId);
    keepNewest(this.#stoppedRoots, STOPPED_ROOTS);
  }

  /** Whether a turn that begins is a sub-agent's whose work was stopped before it began. */
  isStopped({ method, params }: CodexNotification, agent?: Agent): boolean {
    if (method !== "turn/started") return false;
    const root = asString(asRecord(asRecord(params)?.turn)?.rootTurnId);
    // Codex before 0.169 does not tell for which turn it works.
    return root === undefined ? agent?.toStop === true : this.#stoppedRoots.has(root);
  }

  find(threadId: string): Agent | undefined {
    return this.#agents.get(threadId);
  }

  /** Adds a sub-agent that was found otherwise than by what its parent said; does nothing for one that is known. */
  add(threadId: string, name?: string): Agent {
    const known = this.#agents.get(threadId);
    if (known) return known;
    const agent: Agent = {
      threadId,
      name: name ?? String(this.#agents.size + 1),
      naming: Promise.resolve(),
      turnId: undefined,
      starting: false,
      toStop: false,
      rootTurnId: undefined,
    };
    this.#agents.set(threadId, agent);
    return agent;
  }

  /** Reads what a member's thread says; returns the sub-agents that were not known before. */
  note(notification: CodexNotification): Agent[] {
    const { method, params } = notification;
    this.waits.read(notification);
    const fields = asRecord(params);
    const agent = this.#agents.get(asString(fields?.threadId) ?? "");
    if (agent) noteTurn(agent, method, fields);
    if (method !== "item/started" && method !== "item/completed") return [];
    return agentsIn(asRecord(fields?.item)).flatMap(({ threadId, name, starts }) => {
      const known = this.#agents.get(threadId);
      if (known) {
        // One that was met by its question had a number.
        if (name !== undefined) known.name = name;
        if (!starts) known.starting = false;
        return [];
      }
      const found = this.add(threadId, name);
      found.starting = starts;
      found.rootTurnId = agent ? agent.rootTurnId : asString(fields?.turnId);
      return [found];
    });
  }
}

function noteTurn(agent: Agent, method: string, fields: Record<string, unknown> | undefined): void {
  const turn = asRecord(fields?.turn);
  const turnId = asString(turn?.id) ?? asString(fields?.turnId);
  if (turnId === undefined) return;
  agent.starting = false;
  if (method === "turn/completed") {
    if (agent.turnId === turnId) agent.turnId = undefined;
    return;
  }
  agent.rootTurnId = asString(turn?.rootTurnId) ?? agent.rootTurnId;
  // An item can complete late, after its turn has ended: only what begins shows that a turn runs.
  if (method === "turn/started" || method === "item/started") agent.turnId = turnId;
}

type Named = { threadId: string; name?: string; starts: boolean };

/** The sub-agents that an item names: the first generation as the threads of its spawning, the second by their paths. */
function agentsIn(item: Record<string, unknown> | undefined): Named[] {
  if (item?.type === "subAgentActivity") {
    const threadId = asString(item.agentThreadId);
    const name = asString(item.agentPath)?.split("/").at(-1);
    const starts = item.kind === "started";
    return threadId === undefined ? [] : [{ threadId, ...(name ? { name } : {}), starts }];
  }
  if (item?.type !== "collabAgentToolCall" || item.tool !== "spawnAgent") return [];
  const ids = Array.isArray(item.receiverThreadIds) ? item.receiverThreadIds : [];
  const states = asRecord(item.agentsStates);
  return ids
    .filter((id) => typeof id === "string")
    .map((threadId) => ({
      threadId,
      starts: asRecord(states?.[threadId])?.status === "pendingInit",
    }));
}
