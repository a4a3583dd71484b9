/** What a thread works towards by itself: turn after turn, until it is reached, paused or cleared. */
import { Seeded } from "../../support/seeded.js";
import { tagsIn } from "../tags.js";
import { asString, type JsonObject } from "../../support/wire-guards.js";
import type { AppServer } from "./app-server.js";
import { GOAL_FATE } from "./fates.js";
import type { Goal, Thread } from "./home.js";
import { Refusal } from "./outcomes.js";

export class Goals {
  readonly #server: AppServer;

  constructor(server: AppServer) {
    this.#server = server;
  }

  answer(method: string, params: JsonObject): unknown {
    const id = asString(params["threadId"]);
    const thread = this.#server.world.home.find(id);
    if (!thread) throw new Refusal(`thread not found: ${id}`);
    switch (method) {
      case "thread/goal/get":
        return { goal: thread.goal ? shownGoal(thread.goal) : null };
      case "thread/goal/clear": {
        const cleared = thread.goal !== undefined;
        thread.goal = undefined;
        this.#server.tellAll("thread/goal/cleared", { threadId: id });
        return { cleared };
      }
      default:
        return this.#set(thread, params);
    }
  }

  /** A resume tells what the thread works towards, and lets it continue. */
  loaded(thread: Thread): void {
    if (thread.goal) this.#tell(thread.goal, null);
    else this.#server.tell(thread.id, "thread/goal/cleared", { threadId: thread.id });
    this.goOn(thread.id);
  }

  /** A goal that is active begins its next turn a few milliseconds after the one before it. */
  goOn(threadId: string): void {
    const { threads, world, life, turns } = this.#server;
    const loaded = threads.find(threadId);
    if (!loaded || loaded.due || loaded.thread.goal?.status !== "active") return;
    loaded.due = true;
    world.scheduler.after(3 + this.#server.random.next() * 7, life, () => {
      loaded.due = false;
      const { goal } = loaded.thread;
      if (loaded.running || goal?.status !== "active" || threads.find(threadId) !== loaded) return;
      const turn = turns.begin(loaded, {
        tags: tagsIn(goal.objective),
        by: "goal",
        rootTurnId: loaded.lastRootTurnId,
      });
      goal.turnsLeft -= 1;
      // The model says in its last turn that it is reached.
      turns.play(loaded, turn, GOAL_FATE, () => {
        if (goal.turnsLeft <= 0) goal.status = "complete";
        this.#tell(goal, turn.id);
      });
    });
  }

  #set(thread: Thread, params: JsonObject): unknown {
    const objective = asString(params["objective"]);
    if (objective !== "") {
      const turnsLeft = new Seeded(this.#server.world.seed, "goal", objective).int(1, 3);
      thread.goal = { threadId: thread.id, objective, status: "active", turnsLeft };
    }
    const { goal } = thread;
    if (!goal) {
      throw new Refusal(`cannot update goal for thread ID: no goal exists: ${thread.id}`);
    }
    if (goal.status !== "complete") {
      goal.status = params["status"] === "paused" ? "paused" : "active";
    }
    this.#tell(goal, null);
    this.goOn(thread.id);
    return { goal: shownGoal(goal) };
  }

  /** Those hear of it, too, who have left the thread. */
  #tell(goal: Goal, turnId: string | null): void {
    const { threadId } = goal;
    this.#server.tellAll("thread/goal/updated", { threadId, turnId, goal: shownGoal(goal) });
  }
}

function shownGoal({ threadId, objective, status }: Goal): Record<string, unknown> {
  return {
    threadId,
    objective,
    status,
    tokenBudget: null,
    tokensUsed: 0,
    timeUsedSeconds: 0,
    createdAt: 0,
    updatedAt: 0,
  };
}
