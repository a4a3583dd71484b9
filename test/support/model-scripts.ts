/** Scripts of a model that gets Codex to act by itself, in the way in which each version and model offers it. */
import type { ModelRequest } from "./model-request.js";
import type { Script, Step } from "./responses-api.js";
import { asObject, asString, parseJson } from "./wire-guards.js";

/** What Codex tells the model in the turns that it begins for a goal; `user_goal` after a client has changed the goal. */
const GOES_ON = /^\s*<(?:codex_internal_context source="(?:user_)?goal"|goal_context)/;

/** Whether Codex began this turn by itself, for the thread's goal. */
export function isGoalTurn({ said }: ModelRequest): boolean {
  return GOES_ON.test(said);
}

/**
 * Told "pursue …", the model sets that as the thread's goal; `work` is what it does in each turn that Codex begins for
 * it, counted from 1, and `otherwise` what it says to anything else.
 */
export function pursuesGoal(
  work: (turn: number) => readonly Step[],
  otherwise: Script = ({ said }) => [{ do: "say", text: said, phase: "final_answer" }],
): Script {
  let turns = 0;
  return (request) => {
    if (isGoalTurn(request)) return work((turns += 1));
    const objective = /^pursue (.+)/.exec(request.said)?.[1];
    if (objective === undefined) return otherwise(request);
    return [
      { do: "call", name: "create_goal", args: { objective } },
      { do: "say", text: "The goal is set.", phase: "final_answer" },
    ];
  };
}

/** What the model says as Codex's reviewer, where this request asks it as that. */
export function verdictOf(
  { said }: ModelRequest,
  outcome: "allow" | "deny",
  rationale: string,
): readonly Step[] | undefined {
  if (!said.startsWith("The following is the Codex agent history")) return undefined;
  const levels =
    outcome === "deny"
      ? { risk_level: "high", user_authorization: "low" }
      : { risk_level: "low", user_authorization: "high" };
  const verdict = JSON.stringify({ ...levels, outcome, rationale });
  return [{ do: "say", text: verdict, phase: "final_answer" }];
}

/** The goal is reached. */
export const completesGoal: readonly Step[] = [
  { do: "call", name: "update_goal", args: { status: "complete" } },
  { do: "say", text: "The goal is reached.", phase: "final_answer" },
];

/** The model hands this task to a sub-agent. `name` is given to those that have one: the second generation. */
export function spawnAgent(request: ModelRequest, task: string, name = "helper"): Step {
  const args = isSecondGeneration(request)
    ? { task_name: name, message: task, fork_turns: "none" }
    : { message: task };
  return { do: "call", name: "spawn_agent", args };
}

/** The model waits for the sub-agent that it has spawned just before. */
export function waitForAgent(timeoutMs = 60_000): Step {
  return {
    do: "call",
    name: "wait_agent",
    args: (request) => {
      if (isSecondGeneration(request)) return { timeout_ms: timeoutMs };
      const spawned = asObject(parseJson(request.toolOutputs.at(-1) ?? ""));
      return { targets: [asString(spawned["agent_id"])], timeout_ms: timeoutMs };
    },
  };
}

/** Told "delegate …", the model has a sub-agent do that and waits for it; `child` is the sub-agent. */
export function delegates(child: Script): Script {
  return (request) => {
    const task = /^delegate (.+)/.exec(request.said)?.[1];
    if (task === undefined) return child(request);
    return [
      spawnAgent(request, task),
      waitForAgent(),
      { do: "say", text: "The helper is done.", phase: "final_answer" },
    ];
  };
}

function isSecondGeneration({ tools }: ModelRequest): boolean {
  return tools.some(({ namespace }) => namespace === "collaboration");
}
