/** Listens to the threads of a family's sub-agents: each comes with its parent's items, or from its own thread's facts. */
import { threadIdOf } from "../app-server/handler-routes.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient, CodexNotification, CodexServerRequest } from "../app-server/protocol.js";
import type { Agent, Family } from "./family.js";
import { stopAgent } from "./stop.js";
import type { RequestAnswer } from "./turn-view.js";

const AGENT_FACTS_WITHIN_MS = 10_000;

type AgentsHost = {
  client: CodexClient;
  family: Family;
  /** How the latest turn on a thread that nobody knew began, and ended if it has. */
  heardOf: (threadId: string) => readonly CodexNotification[];
  heard: (notification: CodexNotification, agent: Agent) => void;
  answer: (request: CodexServerRequest, agent: Agent) => RequestAnswer;
};

export class AgentsHeard {
  readonly #host: AgentsHost;
  readonly #removals: (() => void)[] = [];

  constructor(host: AgentsHost) {
    this.#host = host;
  }

  /** Listens to a sub-agent from now on, until `close`. */
  meet(agent: Agent): void {
    const { client, family, heardOf, answer } = this.#host;
    const scope = { threadId: agent.threadId };
    this.#removals.push(
      client.addNotificationHandler((notification) => {
        if (threadIdOf(notification.params) === agent.threadId) this.#hear(agent, notification);
      }, scope),
      client.addRequestHandler(
        (request) =>
          threadIdOf(request.params) === agent.threadId
            ? family.waits.during(request, answer(request, agent))
            : undefined,
        scope,
      ),
    );
    for (const notification of heardOf(agent.threadId)) this.#hear(agent, notification);
    agent.naming = this.#name(agent);
  }

  close(): void {
    for (const remove of this.#removals.splice(0)) remove();
  }

  #hear(agent: Agent, notification: CodexNotification): void {
    const { client, family, heard } = this.#host;
    for (const met of family.note(notification)) this.meet(met);
    heard(notification, agent);
    if (family.isStopped(notification, agent)) void stopAgent(client, agent);
  }

  /** The first generation's names stand in their threads only. A number does if Codex does not tell. */
  async #name(agent: Agent): Promise<void> {
    if (!isNumber(agent.name)) return;
    const { threadId } = agent;
    const options = { timeoutMs: AGENT_FACTS_WITHIN_MS };
    try {
      const facts = await callCodex(this.#host.client, METHODS.readThread, { threadId }, options);
      // Its parent may have named it meanwhile.
      if (isNumber(agent.name)) agent.name = facts.nickname ?? agent.name;
    } catch {
      // It keeps its number.
    }
  }
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}
