/**
 * `/codexchat diff`: all that has changed in the thread's folder since the last commit, where git knows the folder.
 * `diff file` sends it. `diff last`: what Codex changed last, from the thread's record, so that nothing has to be kept
 * beforehand.
 */
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { requireCodexFor } from "../app-server/codex-version.js";
import { isBeforeFirstTurn } from "../app-server/errors.js";
import { codeBlock, exactText } from "../words/foreign-text.js";
import { diffOfTurn, type TurnDiff } from "../thread/turn-diff.js";
import { canDeliverFiles } from "../chat/delivery.js";
import { requireBinding } from "../thread/bound-codex.js";
import type { CodexAppServerBinding } from "../thread/thread-binding.js";
import { workspaceRules } from "../thread/workspace-folder.js";
import { ComparableFolder } from "../chat/workspace-diff.js";
import { hasEnded, recentTurns } from "../thread/turn-record.js";
import { writeOut } from "../chat/outgoing-files.js";
import { auditCommand } from "../host/audit.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { diffWords } from "../words/diff-words.js";
import { codexOf } from "./codex.js";
import { sendOut } from "../messages/file-sending.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { addressOf } from "./reply-address.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** What is read in a chat without scrolling far, and fits into one message everywhere. */
const IN_CHAT = { lines: 40, characters: 1800 };

/** 0.125 remembers of a turn what was said, and not what was changed. */
const RECORDS_CHANGES_SINCE = "0.140.0";

export const diff: Subcommand = async (host, ctx, args) => {
  const [what = "", ...more] = args.map((arg) => arg.toLowerCase());
  if (more.length > 0 || !["", "file", "last"].includes(what)) return undefined;
  return withSession(host, ctx, async (session) => {
    const binding = await requireBinding(session.sessionFile);
    const cwd = binding.cwd || session.data.workspaceDir;
    if (what === "last") return lastEdits(host, ctx, session, binding, cwd);
    const { pluginConfig } = session;
    const folder = await comparableFolder({ pluginConfig, server: binding.server }, cwd);
    if (what === "file")
      return folder ? sendWhole(host, ctx, session, folder) : diffWords.noRepository;
    if (!folder) return lastEdits(host, ctx, session, binding, cwd);
    return `${diffWords.workspace(await folder.summary())}\n${diffWords.howToSee}`;
  });
};

/** Undefined if git cannot tell what has changed there. @throws CodexConfigError */
export async function comparableFolder(
  place: { pluginConfig: unknown; server: string | undefined },
  cwd: string,
): Promise<ComparableFolder | undefined> {
  const runtime = resolveCodexAppServerRuntimeOptions(place);
  const rules = await workspaceRules(runtime);
  if ((await rules.refusal(cwd)) !== undefined) return undefined;
  return ComparableFolder.at(cwd, runtime);
}

async function sendWhole(
  host: PluginHost,
  ctx: CommandContext,
  { sessionFile }: Session,
  folder: ComparableFolder,
): Promise<string> {
  const { text, isCut } = await folder.whole();
  if (text === "") return diffWords.workspace({ branch: undefined, files: [], isCut: false });
  const address = addressOf(ctx);
  const outbox = runningConversationMessages()?.outbox;
  if (!address || !outbox || !(await canDeliverFiles(host, address.channel))) {
    return `${codeBlock(text, IN_CHAT.characters)}\n${diffWords.cut}`;
  }
  const stateDir = host.runtime.state.resolveStateDir();
  const { text: said } = await sendOut(
    outbox,
    { sessionFile, address, isAnsweredInChat: true },
    () => writeOut(stateDir, "workspace.diff", text),
  );
  await auditCommand(host, ctx, {
    event: "file sent",
    session: sessionFile,
    outcome: said,
    text: "workspace.diff",
  });
  return isCut ? `${said} ${diffWords.wholeCut}` : said;
}

async function lastEdits(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  binding: CodexAppServerBinding,
  cwd: string,
): Promise<string> {
  if (binding.hasRun === false) return diffWords.noTurn;
  const { client, timeoutMs } = await codexOf(session);
  requireCodexFor("a diff", client.serverVersion, RECORDS_CHANGES_SINCE);
  let turns;
  try {
    turns = await recentTurns(client, binding.threadId, timeoutMs);
  } catch (error) {
    if (isBeforeFirstTurn(error)) return diffWords.noTurn;
    throw error;
  }
  for (const [turnsAgo, turn] of turns.entries()) {
    const changes = diffOfTurn(turn, cwd);
    if (!changes) continue;
    const about = diffWords.about(changes, { turnsAgo, isRunning: !hasEnded(turn) });
    return show(host, ctx, session.sessionFile, about, changes);
  }
  return turns.length === 0 ? diffWords.noTurn : diffWords.none(turns.length);
}

/** As text where it is short; else as a file, or its beginning where the channel has no files. */
async function show(
  host: PluginHost,
  ctx: CommandContext,
  sessionFile: string,
  about: string,
  { text }: TurnDiff,
): Promise<string> {
  // As it is shown: what cannot be seen is written out, and takes more room. Blanks at its end are part of a line.
  const shown = exactText(text.replaceAll("\r\n", "\n")).replace(/\n+$/, "");
  const isShort = shown.length <= IN_CHAT.characters && shown.split("\n").length <= IN_CHAT.lines;
  const block = (): string => codeBlock(shown, IN_CHAT.characters);
  if (isShort) return `${about}\n${block()}\n${diffWords.covers}`;
  const address = addressOf(ctx);
  const outbox = runningConversationMessages()?.outbox;
  if (!address || !outbox || !(await canDeliverFiles(host, address.channel))) {
    return `${about}\n${block()}\n${diffWords.cut}\n${diffWords.covers}`;
  }
  const stateDir = host.runtime.state.resolveStateDir();
  const { text: said } = await sendOut(
    outbox,
    { sessionFile, address, isAnsweredInChat: true },
    () => writeOut(stateDir, "changes.diff", text),
  );
  return `${about}\n${said}\n${diffWords.covers}`;
}
