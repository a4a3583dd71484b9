/** The model's tool `send_file`, during one turn: what it calls for is answered here, everything else by the turn. */
import * as z from "zod/mini";
import type { CodexServerRequest, JsonValue } from "../app-server/protocol.js";
import { SEND_FILE } from "../thread/instructions.js";
import type { TurnRequests } from "../thread/turn-requests.js";
import { fileWords } from "../words/file-words.js";
import type { SentFile } from "./file-sending.js";

/** A person looks through so many; a model that was led astray could send a thousand. */
const FILES_PER_TURN = 5;

/** Sends a file of the thread's folder into the chat, and says what the model is told. Must not reject. */
type SendFile = (file: string, threadId: string) => Promise<SentFile>;

const callSchema = z.object({
  threadId: z.string(),
  callId: z.string(),
  namespace: z.nullish(z.string()),
  tool: z.literal(SEND_FILE.name),
  arguments: z.unknown(),
});
const argumentsSchema = z.object({ path: z.string().check(z.trim(), z.minLength(1)) });

export function withFileTool(
  asking: TurnRequests,
  threadId: string,
  sendFile: SendFile,
): TurnRequests {
  /** By the call's id: a request that Codex repeats sends nothing twice. */
  const calls = new Map<string, Promise<JsonValue>>();
  let sent = 0;
  let isOver = false;

  async function carryOut(call: z.infer<typeof callSchema>): Promise<SentFile> {
    const wanted = argumentsSchema.safeParse(call.arguments);
    if (!wanted.success) return refused(fileWords.noPath);
    if (sent >= FILES_PER_TURN) return refused(fileWords.mostSent(FILES_PER_TURN));
    // Counted before it is sent: calls can come side by side.
    sent += 1;
    const outcome = await sendFile(wanted.data.path, threadId);
    if (!outcome.isSent) sent -= 1;
    return outcome;
  }

  return {
    ...asking,
    answer(request, agent) {
      const call = callIn(request);
      if (!call || isOver) return asking.answer(request, agent);
      if (agent && call.threadId === agent.threadId) {
        return toolAnswer(refused(fileWords.onlyMainAgent));
      }
      if (call.threadId !== threadId) return asking.answer(request, agent);
      const known = calls.get(call.callId);
      if (known) return known;
      const answer = carryOut(call).then(toolAnswer);
      calls.set(call.callId, answer);
      return answer;
    },
    stop() {
      isOver = true;
      asking.stop();
    },
    end() {
      isOver = true;
      asking.end();
    },
  };
}

/** Undefined for a call of another tool, or of one in a namespace, which is none of ours. */
function callIn({ method, params }: CodexServerRequest): z.infer<typeof callSchema> | undefined {
  if (method !== "item/tool/call") return undefined;
  const { data } = callSchema.safeParse(params);
  return data && (data.namespace ?? undefined) === undefined ? data : undefined;
}

function refused(text: string): SentFile {
  return { isSent: false, text };
}

function toolAnswer({ isSent, text }: SentFile): JsonValue {
  return { contentItems: [{ type: "inputText", text }], success: isSent };
}
