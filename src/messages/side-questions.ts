/**
 * Questions beside the turn that runs: the model answers from what the thread holds, without tools, and neither question
 * nor answer is added to the thread. One at a time for each chat.
 *
 * While one is open it stands in `<sessionFile>.side.json`, so that after a crash the chat hears that it was lost.
 */
import { randomUUID } from "node:crypto";
import path from "node:path";
import * as z from "zod/mini";
import { isNotLatestTurn } from "../app-server/errors.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { processWide } from "../common/process-wide.js";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "../host/private-files.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { sideWords } from "../words/side-words.js";
import type { ConversationOutbox } from "./outbox.js";

/** A model that thinks hard takes a minute or two. */
const ANSWERED_WITHIN_MS = 5 * 60_000;
const SUFFIX = ".side.json";

const storedSchema = z.object({
  id: z.string(),
  question: z.string(),
  address: z.object({
    channel: z.string(),
    to: z.string(),
    accountId: z.optional(z.string()),
    threadId: z.optional(z.union([z.string(), z.number()])),
  }),
});

export type SideQuestion = {
  sessionFile: string;
  address: ReplyAddress;
  question: string;
  /** The turn that runs, and the Codex that runs it. */
  turn: { threadId: string; turnId: string };
  client: CodexClient;
};

const open = processWide("side-questions", () => new Map<string, AbortController>());

/** Cancels the session's question; false if none is open. */
export function stopSideQuestion(sessionFile: string): boolean {
  const abort = open.get(sessionFile);
  open.delete(sessionFile);
  abort?.abort();
  return abort !== undefined;
}

export class SideQuestions {
  readonly #outbox: Pick<ConversationOutbox, "post">;
  readonly #warn: (text: string) => void;
  readonly #ends: AbortSignal;

  /** `ends`: this process says nothing more. */
  constructor(
    outbox: Pick<ConversationOutbox, "post">,
    { ends, warn }: { ends: AbortSignal; warn: (text: string) => void },
  ) {
    this.#outbox = outbox;
    this.#ends = ends;
    this.#warn = warn;
  }

  /** False if one is open already. Its answer follows. Never rejects. */
  async ask(asked: SideQuestion): Promise<boolean> {
    const { sessionFile, question, address } = asked;
    if (open.has(sessionFile)) return false;
    const abort = new AbortController();
    open.set(sessionFile, abort);
    const id = randomUUID();
    try {
      const stored = `${JSON.stringify({ id, question, address })}\n`;
      await writePrivateFile(sessionFile + SUFFIX, stored);
    } catch (error) {
      this.#warn(`a side question could not be stored: ${String(error)}`);
    }
    void this.#seeThrough(id, asked, abort);
    return true;
  }

  /** Tells the chats of questions that an earlier process left without an answer. Never rejects. */
  async recover(folder: string): Promise<void> {
    try {
      const names = await listPrivateFolder(folder);
      const files = names.filter((name) => name.endsWith(SUFFIX));
      for (const name of files) {
        const sessionFile = path.join(folder, name.slice(0, -SUFFIX.length));
        // oxlint-disable-next-line no-await-in-loop
        if (!open.has(sessionFile)) await this.#tellLost(sessionFile);
      }
    } catch (error) {
      this.#warn(`open side questions could not be looked through: ${String(error)}`);
    }
  }

  async #tellLost(sessionFile: string): Promise<void> {
    const text = await readPrivateFile(sessionFile + SUFFIX).catch(() => undefined);
    const { data } = storedSchema.safeParse(parsed(text ?? ""));
    if (data) await this.#post(sessionFile, data, "notice", sideWords.cutOff(data.question));
    await removePrivateFile(sessionFile + SUFFIX);
  }

  async #seeThrough(id: string, asked: SideQuestion, abort: AbortController): Promise<void> {
    const { sessionFile, address } = asked;
    const signal = AbortSignal.any([abort.signal, this.#ends]);
    const said = await sayOf(asked, signal);
    if (open.get(sessionFile) === abort) open.delete(sessionFile);
    // The next process tells of it.
    if (this.#ends.aborted) return;
    try {
      const binding = await readCodexAppServerBinding(sessionFile);
      const isWanted = !abort.signal.aborted && binding?.threadId === asked.turn.threadId;
      if (isWanted) await this.#post(sessionFile, { id, address }, said.kind, said.text);
      if (!open.has(sessionFile)) await removePrivateFile(sessionFile + SUFFIX);
    } catch (error) {
      this.#warn(`a side answer could not be posted: ${String(error)}`);
    }
  }

  /** Once, be it the answer or word that there is none. */
  async #post(
    sessionFile: string,
    { id, address }: { id: string; address: ReplyAddress },
    kind: "answer" | "notice",
    text: string,
  ): Promise<void> {
    await this.#outbox.post(sessionFile, address, { id: `side:${id}`, kind, text });
  }
}

/** Never rejects. */
async function sayOf(
  { client, turn, question }: SideQuestion,
  signal: AbortSignal,
): Promise<{ kind: "answer" | "notice"; text: string }> {
  try {
    const params = {
      threadId: turn.threadId,
      expectedTurnId: turn.turnId,
      allowInProgressTurn: true as const,
      prompt: question,
    };
    const text = await callCodex(client, METHODS.sampleThread, params, {
      timeoutMs: ANSWERED_WITHIN_MS,
      signal,
      cancelBy: METHODS.cancelSample.name,
    });
    return text === undefined || text.trim() === ""
      ? { kind: "notice", text: sideWords.needsTool(question) }
      : { kind: "answer", text: sideWords.answer(question, text) };
  } catch (error) {
    const text = isNotLatestTurn(error)
      ? sideWords.turnEnded(question)
      : sideWords.failed(question, error);
    return { kind: "notice", text };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
