/** Which threads of a family do not work though their turns run: a person is asked something, or sub-agents are waited for. */
import { threadIdOf } from "../app-server/handler-routes.js";
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification, CodexServerRequest } from "../app-server/protocol.js";
import type { RequestAnswer } from "./turn-view.js";

const TOOL_CALL = "item/tool/call";

export class Waits {
  /** How many questions of each thread are open. */
  readonly #asked = new Map<string, number>();
  /** By thread: the item in which its turn waits for sub-agents. */
  readonly #forAgents = new Map<string, string>();

  isWaiting(threadId: string): boolean {
    return this.#asked.has(threadId) || this.#forAgents.has(threadId);
  }

  /** Its thread waits until the answer is there. */
  during(request: CodexServerRequest, answer: RequestAnswer): RequestAnswer {
    const threadId = threadIdOf(request.params);
    // What a tool of ours does is work.
    if (!(answer instanceof Promise) || threadId === undefined || request.method === TOOL_CALL) {
      return answer;
    }
    this.#count(threadId, 1);
    return answer.finally(() => this.#count(threadId, -1));
  }

  /** Reads what a member's thread says. */
  read({ method, params }: CodexNotification): void {
    const isStart = method === "item/started";
    if (!isStart && method !== "item/completed" && method !== "turn/completed") return;
    const threadId = threadIdOf(params);
    if (threadId === undefined) return;
    const item = asRecord(asRecord(params)?.item);
    const id = asString(item?.id) ?? "";
    if (isStart && item?.type === "collabAgentToolCall" && item.tool === "wait") {
      this.#forAgents.set(threadId, id);
    } else if (method === "turn/completed" || this.#forAgents.get(threadId) === id) {
      this.#forAgents.delete(threadId);
    }
  }

  #count(threadId: string, by: 1 | -1): void {
    const count = (this.#asked.get(threadId) ?? 0) + by;
    if (count > 0) this.#asked.set(threadId, count);
    else this.#asked.delete(threadId);
  }
}
