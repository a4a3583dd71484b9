/**
 * A tool server for Codex (MCP over stdio) with one tool, which asks the person for what it needs. Takes one message a
 * line; ends with its stdin.
 */
import { createInterface } from "node:readline";

const FORM = {
  message: "When is it?",
  requestedSchema: {
    type: "object",
    properties: {
      day: { type: "string", title: "Day", enum: ["Monday", "Tuesday"] },
      note: { type: "string", title: "Note" },
    },
    required: ["day"],
  },
};

const TOOL = {
  name: "add_event",
  description: "Adds an event to the calendar.",
  inputSchema: { type: "object", properties: { title: { type: "string" } } },
};

const asked = new Map();

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function ask(id, params) {
  const answer = Promise.withResolvers();
  asked.set(id, answer.resolve);
  send({ id, method: "elicitation/create", params });
  return answer.promise;
}

async function resultOf(method, params) {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "calendar", version: "1.0.0" },
      };
    case "tools/list":
      return { tools: [TOOL] };
    case "tools/call": {
      const answer = await ask(`form-${asked.size}`, FORM);
      return { content: [{ type: "text", text: JSON.stringify(answer) }] };
    }
    default:
      return {};
  }
}

async function take(line) {
  const { id, method, params, result } = JSON.parse(line);
  if (method === undefined) asked.get(id)?.(result);
  else if (id !== undefined) send({ id, result: await resultOf(method, params) });
}

createInterface({ input: process.stdin }).on("line", (line) => void take(line));
