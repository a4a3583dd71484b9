import { asArray, asObject, asString, type JsonObject } from "./wire-guards.js";

/** What Codex asked the model, read from the body of its `POST /v1/responses`. */
export interface ModelRequest {
  readonly model: string;
  readonly threadId: string;
  readonly turnId: string;
  /** What the person said last: the words of the last user message that is not Codex's own context. */
  readonly said: string;
  /** How many images came with it. */
  readonly images: number;
  /** Outputs of tool calls that were made since. */
  readonly toolOutputs: readonly string[];
  /** Every user input of the conversation so far, in order. */
  readonly history: readonly string[];
  readonly tools: readonly OfferedTool[];
  readonly body: JsonObject;
}

/** A tool that the model may call: by itself, or from the JavaScript that it gives to `exec` ("code mode"). */
export type OfferedTool = {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly how: "call" | "exec";
};

/** The one line that today's models are offered nearly all their tools through. */
const CODE_MODE = "exec";

// Codex puts context of its own into user messages: tagged (<environment_context>, <turn_aborted>,
// ...) or, for AGENTS.md, under a heading. People's tags hardly ever hold an underscore.
const CODEX_CONTEXT = /^\s*(<[a-z]+(_[a-z]+)+>|# AGENTS\.md instructions)/;

/** What this plugin puts before a message's words, of what these stand in. */
const SURROUNDINGS = /^\[(?:From |A reply to |Forwarded from |The place: )/;

export function readModelRequest(body: JsonObject): ModelRequest {
  const metadata = asObject(body["client_metadata"]);
  const history: string[] = [];
  let said = "";
  let images = 0;
  let toolOutputs: string[] = [];
  for (const item of asArray(body["input"]).map(asObject)) {
    if (item["type"] === "function_call_output" || item["type"] === "custom_tool_call_output") {
      toolOutputs.push(readOutput(item["output"]));
    }
    if (item["type"] === "agent_message") {
      const task = readTask(item);
      if (task === undefined) continue;
      said = task;
      history.push(task);
    }
    // Clients may leave out the type of a message, and OpenClaw's own does.
    if ((item["type"] ?? "message") !== "message" || item["role"] !== "user") continue;
    const parts = asArray(item["content"]).map(asObject);
    const texts = parts
      .filter(({ type }) => type === "input_text")
      .map(({ text }) => asString(text))
      .filter((text) => !CODEX_CONTEXT.test(text));
    const imageParts = parts.filter(({ type }) => type === "input_image").length;
    if (texts.length === 0 && imageParts === 0) continue;
    history.push(texts.join("\n"));
    said = texts.filter((text) => !SURROUNDINGS.test(text)).join("\n");
    images = imageParts;
    toolOutputs = [];
  }
  return {
    model: asString(body["model"]),
    threadId: asString(metadata["thread_id"]),
    turnId: asString(metadata["turn_id"]),
    said,
    images,
    toolOutputs,
    history,
    tools: readTools(body),
    body,
  };
}

/** What a sub-agent of the second generation is told to do; undefined for other messages between agents. */
function readTask(message: JsonObject): string | undefined {
  const [head, task] = asArray(message["content"]).map(asObject);
  const isTask = asString(head?.["text"]).startsWith("Message Type: NEW_TASK");
  return isTask ? asString(task?.["encrypted_content"]) : undefined;
}

/** Today's models are told of their tools in the conversation, others beside it. */
function readTools(body: JsonObject): OfferedTool[] {
  const told = asArray(body["input"])
    .map(asObject)
    .filter(({ type }) => type === "additional_tools")
    .flatMap(({ tools }) => asArray(tools));
  return [...asArray(body["tools"]), ...told].map(asObject).flatMap((tool) => {
    const namespace = tool["type"] === "namespace" ? asString(tool["name"]) : undefined;
    const tools = namespace === undefined ? [tool] : asArray(tool["tools"]).map(asObject);
    return tools.flatMap((inner): OfferedTool[] => {
      const name = asString(inner["name"] ?? inner["type"]);
      const described = name === CODE_MODE ? asString(inner["description"]) : "";
      const nested = Array.from(described.matchAll(/^### `(\w+)`$/gm), ([, found = ""]) => found);
      return [
        { name, namespace, how: "call" },
        ...nested.map((found): OfferedTool => ({ name: found, namespace, how: "exec" })),
      ];
    });
  });
}

/** A call as it stands in the model's response. */
export type ToolCall =
  | { type: "function_call"; name: string; arguments: string; namespace?: string }
  | { type: "custom_tool_call"; name: string; input: string };

/** The call of a tool that this request offers, in the way in which it does; a `namespace` chooses among tools of one name. */
export function toolCall(
  request: ModelRequest,
  name: string,
  args: Readonly<Record<string, unknown>>,
  namespace?: string,
): ToolCall {
  const tool = request.tools.find(
    (offered) =>
      offered.name === name && (namespace === undefined || offered.namespace === namespace),
  );
  if (tool?.how === "exec") return codeCall(`text(await tools.${name}(${JSON.stringify(args)}))`);
  // A tool server's tools can be called though they were not offered.
  const of = tool?.namespace ?? namespace;
  const call = { type: "function_call", name, arguments: JSON.stringify(args) } as const;
  return of === undefined ? call : { ...call, namespace: of };
}

/** JavaScript for `exec`. */
export function codeCall(input: string): ToolCall {
  return { type: "custom_tool_call", name: CODE_MODE, input };
}

function readOutput(output: unknown): string {
  if (typeof output === "string") return output;
  return asArray(output)
    .map((part) => asString(asObject(part)["text"]))
    .join("");
}

/** The call of the shell tool that this request offers; its name and shape differ between versions of Codex and models. */
export function shellCall(
  request: ModelRequest,
  command: string,
  justification?: string,
): ToolCall {
  const escalation = justification !== undefined && {
    sandbox_permissions: "require_escalated",
    justification,
  };
  const names = request.tools.map(({ name }) => name);
  if (names.includes("exec_command")) {
    return toolCall(request, "exec_command", { cmd: command, ...escalation });
  }
  if (names.includes("shell_command")) {
    return toolCall(request, "shell_command", { command, ...escalation });
  }
  if (names.includes("shell")) {
    return toolCall(request, "shell", { command: ["bash", "-c", command], ...escalation });
  }
  throw new Error(`no shell tool among ${names.join(", ")}`);
}
