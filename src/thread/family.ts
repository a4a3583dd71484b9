/** A thread's sub-agents, and theirs: who they are, and which of them have a turn running. */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";

/** A sub-agent: it works on a thread that Codex has made for it. */
export type Agent = {
  readonly threadId: string;
  /** As the model named it, or as Codex did; a number until that is known. */
  name: string;
  /** Its turn that runs. */
  turnId: string | undefined;
  /** Its turn began with this one, of the bound thread. */
  rootTurnId: string | undefined;
};

export class Family {
  readonly #agents = new Map<string, Agent>();

  /** All that were met since the thread was loaded, in order. */
  agents(): Agent[] {
    return [...this.#agents.values()];
  }

  running(): Agent[] {
    return this.agents().filter(({ turnId }) => turnId !== undefined);
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
      turnId: undefined,
      rootTurnId: undefined,
    };
    this.#agents.set(threadId, agent);
    return agent;
  }

  /** Reads what a member's thread says; returns the sub-agents that were not known before. */
  note({ method, params }: CodexNotification): Agent[] {
    const fields = asRecord(params);
    const agent = this.#agents.get(asString(fields?.threadId) ?? "");
    if (agent) noteTurn(agent, method, fields);
    if (method !== "item/started" && method !== "item/completed") return [];
    return namesOf(asRecord(fields?.item)).flatMap(({ threadId, name }) => {
      const isNew = !this.#agents.has(threadId);
      const found = this.add(threadId, name);
      return isNew ? [found] : [];
    });
  }
}

function noteTurn(agent: Agent, method: string, fields: Record<string, unknown> | undefined): void {
  const turn = asRecord(fields?.turn);
  const turnId = asString(turn?.id) ?? asString(fields?.turnId);
  if (turnId === undefined) return;
  if (method === "turn/completed") {
    if (agent.turnId === turnId) agent.turnId = undefined;
    return;
  }
  agent.rootTurnId = asString(turn?.rootTurnId) ?? agent.rootTurnId;
  // An item can complete late, after its turn has ended: only what begins shows that a turn runs.
  if (method === "turn/started" || method === "item/started") agent.turnId = turnId;
}

/** The sub-agents that an item names: the first generation as the threads of its spawning, the second by their paths. */
function namesOf(item: Record<string, unknown> | undefined): { threadId: string; name?: string }[] {
  if (item?.type === "subAgentActivity") {
    const threadId = asString(item.agentThreadId);
    const name = asString(item.agentPath)?.split("/").at(-1);
    return threadId === undefined ? [] : [{ threadId, ...(name ? { name } : {}) }];
  }
  if (item?.type !== "collabAgentToolCall" || item.tool !== "spawnAgent") return [];
  const ids = Array.isArray(item.receiverThreadIds) ? item.receiverThreadIds : [];
  return ids.filter((id) => typeof id === "string").map((threadId) => ({ threadId }));
}
