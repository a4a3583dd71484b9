/** What Codex does at the moment, by the item that it has begun. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import { commandTextOf } from "./turn-work.js";

export type Activity =
  | { kind: "command"; text: string }
  | { kind: "files"; path: string; others: number }
  | { kind: "tool"; server: string | undefined; tool: string }
  | { kind: "search"; query: string }
  | { kind: "sub-agent"; name: string | undefined; task: string | undefined }
  | { kind: "sleep"; durationMs: number }
  | { kind: "look at a picture"; path: string }
  | { kind: "sub-agents awaited" | "picture" | "plan" | "review" | "compaction" };

/** Undefined for what is no work to be named, as a message or a thought. */
export function activityOf(item: Record<string, unknown> | undefined): Activity | undefined {
  switch (item?.type) {
    case "commandExecution": {
      const text = commandTextOf(item);
      return text === "" ? undefined : { kind: "command", text };
    }
    case "fileChange":
      return fileChangeOf(item);
    case "mcpToolCall":
      return toolOf(item.server, item.tool);
    case "dynamicToolCall":
      return toolOf(item.namespace, item.tool);
    case "webSearch":
      return { kind: "search", query: queryOf(item) };
    case "collabAgentToolCall":
      return agentCallOf(item);
    case "subAgentActivity": {
      const name = asString(item.agentPath)?.split("/").at(-1);
      return item.kind === "started" ? { kind: "sub-agent", name, task: undefined } : undefined;
    }
    case "sleep":
      return typeof item.durationMs === "number"
        ? { kind: "sleep", durationMs: item.durationMs }
        : undefined;
    case "imageView": {
      const path = asString(item.path);
      return path === undefined ? undefined : { kind: "look at a picture", path };
    }
    case "imageGeneration":
      return { kind: "picture" };
    case "plan":
      return { kind: "plan" };
    case "enteredReviewMode":
      return { kind: "review" };
    case "contextCompaction":
      return { kind: "compaction" };
    default:
      return undefined;
  }
}

function fileChangeOf(item: Record<string, unknown>): Activity | undefined {
  const changes = Array.isArray(item.changes) ? item.changes.filter(isRecord) : [];
  const path = asString(changes[0]?.path);
  return path === undefined ? undefined : { kind: "files", path, others: changes.length - 1 };
}

function toolOf(server: unknown, name: unknown): Activity | undefined {
  const tool = asString(name);
  return tool === undefined ? undefined : { kind: "tool", server: asString(server), tool };
}

/** The item itself has no query before the search is over in some versions; its action has. */
function queryOf(item: Record<string, unknown>): string {
  const action = asRecord(item.action);
  return asString(item.query) || asString(action?.query) || asString(action?.url) || "";
}

function agentCallOf(item: Record<string, unknown>): Activity | undefined {
  if (item.tool === "wait") return { kind: "sub-agents awaited" };
  if (item.tool !== "spawnAgent") return undefined;
  return { kind: "sub-agent", name: undefined, task: asString(item.prompt) };
}
