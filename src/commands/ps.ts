/** `/codexchat ps`: the commands of Codex's that run, also those that have outlived their turn; and ending them. */
import { requireCodexFor } from "../app-server/codex-version.js";
import { isThreadNotFound } from "../app-server/errors.js";
import { callCodex, METHODS, type RunningCommand } from "../app-server/methods.js";
import { auditCommand } from "../host/audit.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { requireBinding } from "../thread/bound-codex.js";
import { commandStartedAt } from "../thread/command-times.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import { psWords, type CommandFacts } from "../words/ps-words.js";
import { codexOf } from "./codex.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

const LISTS_SINCE = "0.140.0";
const COMMANDS = 100;

/** A running command, on the chat's thread or a sub-agent's. */
type OfThread = RunningCommand & { threadId: string };
type Chat = Pick<Session, "sessionFile" | "pluginConfig">;

/** `ps`, `ps end ID`, `ps end all`. */
export const ps: Subcommand = async (host, ctx, args) => {
  const [verb, id, ...rest] = args.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (verb === undefined) !== (id === undefined)) return undefined;
  if (verb !== undefined && verb !== "end") return undefined;
  return withSession(host, ctx, async (session) => {
    if (id === undefined) return psWords.list(await runningCommands(session), Date.now());
    return id === "all" ? endAll(host, ctx, session) : endOne(host, ctx, session, id);
  });
};

/** @throws CodexLocalError, and what else Codex refuses */
export async function runningCommands(chat: Chat): Promise<CommandFacts[]> {
  return (await listed(chat)).map(({ threadId, ...command }) => ({
    ...command,
    startedAt: commandStartedAt(threadId, command.processId),
  }));
}

async function listed(chat: Chat): Promise<OfThread[]> {
  const { client, timeoutMs } = await codexOf(chat);
  requireCodexFor("a list of running commands", client.serverVersion, LISTS_SINCE);
  const lists = (await threadsOf(chat)).map(async (threadId): Promise<OfThread[]> => {
    try {
      const params = { threadId, limit: COMMANDS };
      const commands = await callCodex(client, METHODS.listCommands, params, { timeoutMs });
      return commands.map((command) => ({ ...command, threadId }));
    } catch (error) {
      // Nothing runs on a thread that is not loaded.
      if (isThreadNotFound(error)) return [];
      throw error;
    }
  });
  return (await Promise.all(lists)).flat();
}

/** The chat's own, and those of the sub-agents that were met. */
async function threadsOf({ sessionFile }: Chat): Promise<string[]> {
  const { threadId } = await requireBinding(sessionFile);
  const session = sessionsOfConversation(sessionFile).find((each) => each.threadId === threadId);
  return [threadId, ...(session?.family.agents() ?? []).map((agent) => agent.threadId)];
}

async function endOne(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  id: string,
): Promise<string> {
  const command = (await listed(session)).find(({ processId }) => processId === id);
  if (!command) return psWords.noSuch(id);
  const { client, timeoutMs } = await codexOf(session);
  const { threadId, processId, text } = command;
  await callCodex(client, METHODS.endCommand, { threadId, processId }, { timeoutMs });
  await noteEnded(host, ctx, session, text);
  return psWords.ended(command);
}

async function endAll(host: PluginHost, ctx: CommandContext, session: Session): Promise<string> {
  const { client, timeoutMs } = await codexOf(session);
  const ends = (await threadsOf(session)).map((threadId) =>
    callCodex(client, METHODS.endCommands, { threadId }, { timeoutMs }).catch((error: unknown) => {
      if (!isThreadNotFound(error)) throw error;
    }),
  );
  await Promise.all(ends);
  await noteEnded(host, ctx, session);
  return psWords.allEnded;
}

function noteEnded(
  host: PluginHost,
  ctx: CommandContext,
  { sessionFile }: Session,
  text?: string,
): Promise<void> {
  const outcome = text === undefined ? "all" : "one";
  return auditCommand(host, ctx, { event: "command ended", session: sessionFile, outcome, text });
}
