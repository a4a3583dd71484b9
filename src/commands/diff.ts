/** `/codexchat diff`: what Codex changed last, from the thread's record, so that nothing has to be kept beforehand. */
import { requireCodexFor } from "../app-server/codex-version.js";
import { isBeforeFirstTurn } from "../app-server/errors.js";
import { codeBlock, exactText } from "../words/foreign-text.js";
import { diffOfTurn, type TurnDiff } from "../thread/turn-diff.js";
import { canDeliverFiles } from "../chat/delivery.js";
import { requireBinding } from "../thread/bound-codex.js";
import { hasEnded, recentTurns } from "../thread/turn-record.js";
import { writeOut } from "../chat/outgoing-files.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { diffWords } from "../words/diff-words.js";
import { codexOf } from "./codex.js";
import { sendOut } from "./file-sending.js";
import { addressOf } from "./reply-address.js";
import { withSession, type Subcommand } from "./subcommand.js";

/** What is read in a chat without scrolling far, and fits into one message everywhere. */
const IN_CHAT = { lines: 40, characters: 1800 };

/** 0.125 remembers of a turn what was said, and not what was changed. */
const RECORDS_CHANGES_SINCE = "0.140.0";

export const diff: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  return withSession(host, ctx, async (session) => {
    const binding = await requireBinding(session.sessionFile);
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
    const cwd = binding.cwd || session.data.workspaceDir;
    for (const [turnsAgo, turn] of turns.entries()) {
      const changes = diffOfTurn(turn, cwd);
      if (!changes) continue;
      const about = diffWords.about(changes, { turnsAgo, isRunning: !hasEnded(turn) });
      return show(host, ctx, session.sessionFile, about, changes);
    }
    return turns.length === 0 ? diffWords.noTurn : diffWords.none(turns.length);
  });
};

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
  if (!address || !(await canDeliverFiles(host, address.channel))) {
    return `${about}\n${block()}\n${diffWords.cut}\n${diffWords.covers}`;
  }
  const stateDir = host.runtime.state.resolveStateDir();
  const said = await sendOut(sessionFile, address, () => writeOut(stateDir, "changes.diff", text));
  return `${about}\n${said}\n${diffWords.covers}`;
}
