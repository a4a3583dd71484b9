/** What a turn is about at a moment, gathered from what is heard of it. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import type { Agent } from "./family.js";
import { activityOf, type Activity } from "./item-activity.js";
import { Outage } from "./notices.js";

/** The step of the model's plan that it works on. */
export type PlanStep = { place: number; of: number; text: string };

export type AgentAtWork = { name: string; activity: Activity | undefined };

export type WorkNow = {
  step: PlanStep | undefined;
  /** What was begun last; `done` if it is over and nothing came after it. */
  inHand: { activity: Activity; done: boolean } | undefined;
  /** The sub-agents at work. */
  agents: readonly AgentAtWork[];
  /** Why the model says nothing. */
  outage: string | undefined;
};

export class WorkInHand {
  readonly #outage = new Outage();
  /** By thread. */
  readonly #agents = new Map<string, AgentAtWork>();
  #step: PlanStep | undefined;
  #inHand: { id: string | undefined; activity: Activity; done: boolean } | undefined;

  /** `agent`: the sub-agent on whose thread it happened. */
  handleNotification(notification: CodexNotification, agent?: Agent): void {
    if (agent) {
      this.#noteAgent(notification, agent);
      return;
    }
    this.#outage.handleNotification(notification);
    const { method, params } = notification;
    const fields = asRecord(params);
    if (method === "turn/plan/updated") this.#step = currentStep(fields?.plan);
    const item = asRecord(fields?.item);
    if (method === "item/started") this.#begin(item);
    if (method === "item/completed" && this.#inHand && item?.id === this.#inHand.id) {
      this.#inHand = {
        ...this.#inHand,
        activity: activityOf(item) ?? this.#inHand.activity,
        done: true,
      };
    }
  }

  now(): WorkNow {
    return {
      step: this.#step,
      inHand: this.#inHand && { activity: this.#inHand.activity, done: this.#inHand.done },
      agents: [...this.#agents.values()],
      outage: this.#outage.message,
    };
  }

  #begin(item: Record<string, unknown> | undefined): void {
    const activity = activityOf(item);
    if (activity) this.#inHand = { id: asString(item?.id), activity, done: false };
  }

  #noteAgent({ method, params }: CodexNotification, agent: Agent): void {
    if (agent.turnId === undefined) {
      this.#agents.delete(agent.threadId);
      return;
    }
    const begun =
      method === "item/started" ? activityOf(asRecord(asRecord(params)?.item)) : undefined;
    const activity = begun ?? this.#agents.get(agent.threadId)?.activity;
    this.#agents.set(agent.threadId, { name: agent.name, activity });
  }
}

function currentStep(plan: unknown): PlanStep | undefined {
  const steps = Array.isArray(plan) ? plan.filter(isRecord) : [];
  const index = steps.findIndex(({ status }) => status === "inProgress");
  const text = asString(steps[index]?.step);
  return text === undefined ? undefined : { place: index + 1, of: steps.length, text };
}
