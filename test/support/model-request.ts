import { asArray, asObject, asString, type JsonObject } from "./wire-guards.js";

/** What Codex asked the model, read from the body of its `POST /v1/responses`. */
export interface ModelRequest {
  readonly model: string;
  readonly threadId: string;
  readonly turnId: string;
  /** What the person said last: the text of the last user message that is not Codex's own context. */
  readonly said: string;
  /** How many images came with it. */
  readonly images: number;
  /** Outputs of tool calls that were made since. */
  readonly toolOutputs: readonly string[];
  /** Every user input of the conversation so far, in order. */
  readonly history: readonly string[];
  readonly tools: readonly JsonObject[];
  readonly body: JsonObject;
}

// Codex puts context of its own into user messages: tagged (<environment_context>, <turn_aborted>,
// ...) or, for AGENTS.md, under a heading. People's tags hardly ever hold an underscore.
const CODEX_CONTEXT = /^\s*(<[a-z]+(_[a-z]+)+>|# AGENTS\.md instructions)/;

export function readModelRequest(body: JsonObject): ModelRequest {
  const metadata = asObject(body["client_metadata"]);
  const history: string[] = [];
  let images = 0;
  let toolOutputs: string[] = [];
  for (const item of asArray(body["input"]).map(asObject)) {
    if (item["type"] === "function_call_output") toolOutputs.push(readOutput(item["output"]));
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
    images = imageParts;
    toolOutputs = [];
  }
  return {
    model: asString(body["model"]),
    threadId: asString(metadata["thread_id"]),
    turnId: asString(metadata["turn_id"]),
    said: history.at(-1) ?? "",
    images,
    toolOutputs,
    history,
    tools: asArray(body["tools"]).map(asObject),
    body,
  };
}

function readOutput(output: unknown): string {
  if (typeof output === "string") return output;
  return asArray(output)
    .map((part) => asString(asObject(part)["text"]))
    .join("");
}

/** The call of the shell tool that this request offers; its name and shape differ between versions of Codex. */
export function shellCall(
  { tools }: ModelRequest,
  command: string,
  justification?: string,
): { name: string; arguments: string } {
  const escalation = justification !== undefined && {
    sandbox_permissions: "require_escalated",
    justification,
  };
  const names = tools.map(({ name }) => asString(name));
  if (names.includes("exec_command")) {
    return { name: "exec_command", arguments: JSON.stringify({ cmd: command, ...escalation }) };
  }
  if (names.includes("shell_command")) {
    return { name: "shell_command", arguments: JSON.stringify({ command, ...escalation }) };
  }
  if (names.includes("shell")) {
    const args = { command: ["bash", "-c", command], ...escalation };
    return { name: "shell", arguments: JSON.stringify(args) };
  }
  throw new Error(`no shell tool among ${names.join(", ")}`);
}
