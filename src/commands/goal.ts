/** `/codexchat goal`: Codex works on it turn after turn, by itself. */
import { isUnknownMethod } from "../app-server/errors.js";
import { goalSettings, resolvePluginConfig } from "../host/plugin-config.js";
import { keepBound } from "../host/keep-bound.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { readGoalRun } from "../messages/goal-store.js";
import { requireBinding } from "../thread/bound-codex.js";
import { clearGoal, getGoal, setGoal } from "../thread/goal.js";
import type { CodexAppServerBinding } from "../thread/thread-binding.js";
import { leaveUnfenced } from "../thread/reload-unfenced.js";
import { readyThread, restThread } from "../thread/thread.js";
import { settleThread } from "../thread/turn-request.js";
import { goalWords } from "../words/goal-words.js";
import { addressOf } from "./reply-address.js";
import { codexOf, type CommandCodex } from "./codex.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** `goal`, `goal pause`, `goal resume`, `goal clear`, `goal TEXT`. */
export const goal: Subcommand = async (host, ctx, args, text) =>
  withSession(host, ctx, async (session) => {
    // Its answers come without a message that they would answer.
    await keepBound(host, { conversation: session.binding, address: addressOf(ctx) });
    const binding = await requireBinding(session.sessionFile);
    const codex = await codexOf(session);
    const verb = args.length === 1 ? args[0]?.toLowerCase() : undefined;
    try {
      switch (verb ?? (args.length === 0 ? "" : "set")) {
        case "":
          return await describe(session, codex, binding);
        case "pause":
          return await pause(session, codex, binding);
        case "clear":
          return await clear(session, codex, binding);
        case "resume":
          return await activate(session, codex, binding);
        default:
          return await activate(session, codex, binding, text);
      }
    } catch (error) {
      if (isUnknownMethod(error)) return goalWords.tooOld;
      throw error;
    }
  });

async function describe(
  { sessionFile }: Session,
  { client, timeoutMs }: CommandCodex,
  { threadId }: CodexAppServerBinding,
): Promise<string> {
  const current = await getGoal(client, threadId, timeoutMs);
  if (!current) return goalWords.none;
  const run = await readGoalRun(sessionFile);
  return goalWords.status(current, run?.turns ?? 0, Date.now());
}

async function pause(
  { sessionFile }: Session,
  { client, timeoutMs }: CommandCodex,
  { threadId }: CodexAppServerBinding,
): Promise<string> {
  if (!(await getGoal(client, threadId, timeoutMs))) return goalWords.none;
  await setGoal(client, threadId, { status: "paused" }, timeoutMs);
  await runningConversationMessages()?.goals.forget(sessionFile);
  return goalWords.paused;
}

async function clear(
  { sessionFile }: Session,
  { client, timeoutMs }: CommandCodex,
  { threadId }: CodexAppServerBinding,
): Promise<string> {
  const cleared = await clearGoal(client, threadId, timeoutMs);
  await runningConversationMessages()?.goals.forget(sessionFile);
  return cleared ? goalWords.cleared : goalWords.none;
}

/** Sets a goal, or has the present one continue. Codex begins at once, so somebody must be listening. */
async function activate(
  { sessionFile, pluginConfig, data }: Session,
  { client, runtime, timeoutMs }: CommandCodex,
  binding: CodexAppServerBinding,
  objective?: string,
): Promise<string> {
  if (!goalSettings(resolvePluginConfig(pluginConfig)).enabled) return goalWords.off;
  const { threadId } = binding;
  const known = objective ?? (await getGoal(client, threadId, timeoutMs))?.objective;
  if (known === undefined) return goalWords.none;
  await leaveUnfenced(client, binding, runtime);
  const ready = await readyThread(client, binding, { runtime, sessionFile });
  restThread(client, threadId);
  if (ready.kind === "refused") throw ready.error;
  // The thread may still have what an earlier turn ran under, which was perhaps more.
  const { workspaceDir } = data;
  await settleThread({ client, runtime, binding, workspaceDir, sessionFile });
  await runningConversationMessages()?.goals.begin(sessionFile, threadId, known);
  const change = objective === undefined ? {} : { objective };
  await setGoal(client, threadId, { ...change, status: "active" }, timeoutMs);
  return objective === undefined ? goalWords.resumed : goalWords.set;
}
