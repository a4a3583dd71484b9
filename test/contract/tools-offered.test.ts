/** Which tools the real Codex offers to which models: what is new there is new in what Codex does by itself. */
import { afterEach, expect, test } from "vitest";
import { isAtLeast } from "../../src/app-server/codex-version.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import type { OfferedTool } from "../support/model-request.js";
import { codexVersion } from "../support/under-test.js";

let codex: RealCodex;

afterEach(async () => {
  await codex.dispose();
});

const since = (version: string): boolean => isAtLeast(codexVersion(), version);

const AGENTS = ["close_agent", "resume_agent", "send_input", "spawn_agent", "wait_agent"];
const COMMON = ["exec_command", "request_user_input", "view_image", "web_search", "write_stdin"];
const GOALS = ["create_goal", "get_goal", "update_goal"];

const FIRST_GENERATION = [
  ...COMMON,
  ...(since("0.140.0") ? [...GOALS, ...AGENTS.map((name) => `multi_agent_v1.${name}`)] : AGENTS),
  ...(since("0.154.0") ? [] : ["update_plan"]),
];

const CODE_MODE = [
  "functions.exec",
  "functions.request_user_input",
  "functions.wait",
  ...["apply_patch", "exec_command", "view_image", "write_stdin", ...GOALS].map(
    (name) => `exec ${name}`,
  ),
  ...[
    "followup_task",
    "interrupt_agent",
    "list_agents",
    "send_message",
    "spawn_agent",
    "wait_agent",
  ].map((name) => `collaboration.${name}`),
];
const RESOURCES = ["list_mcp_resource_templates", "list_mcp_resources", "read_mcp_resource"].map(
  (name) => `exec ${name}`,
);
const CLOCK = ["clock.sleep", "exec clock__curr_time", "functions.request_user_input_async"];

const TODAYS = since("0.169.0") ? [...CODE_MODE, ...RESOURCES, ...CLOCK] : FIRST_GENERATION;

function nameOf({ name, namespace, how }: OfferedTool): string {
  if (how === "exec") return `exec ${name}`;
  return namespace === undefined ? name : `${namespace}.${name}`;
}

test.each([
  { model: "mock-model", tools: FIRST_GENERATION },
  { model: "gpt-6.1-sol", tools: TODAYS },
  { model: "gpt-6-luna", tools: TODAYS },
  {
    model: "gpt-5.6-sol",
    tools: since("0.169.0")
      ? [...CODE_MODE, ...RESOURCES]
      : since("0.154.0")
        ? CODE_MODE
        : FIRST_GENERATION,
  },
])("$model is offered the tools that are known here, and no others", async ({ model, tools }) => {
  codex = await RealCodex.prepare(model);
  const user = await codex.start();
  await user.runTurn(await user.startThread(), "a word");
  const [request] = codex.api.requests.entries;
  expect(request?.tools.map(nameOf).toSorted()).toEqual(tools.toSorted());
});

test.each([
  { feature: "features.goals", gone: ["create_goal", "get_goal", "update_goal"] },
  { feature: codexTraits.agentsOff, gone: AGENTS },
])("$feature: false takes its tools from the thread", async ({ feature, gone }) => {
  codex = await RealCodex.prepare();
  const user = await codex.start();
  await user.runTurn(await user.startThread({ config: { [feature]: false } }), "a word");
  const names = codex.api.requests.entries[0]?.tools.map(({ name }) => name) ?? [];
  expect(names).toContain("exec_command");
  expect(names.filter((name) => gone.includes(name))).toEqual([]);
});
