/** `/codexchat init`: has Codex write AGENTS.md, which it reads at the beginning of each thread from then on. */
import { isFar } from "../app-server/start-options.js";
import { lstat } from "node:fs/promises";
import path from "node:path";
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { textInput } from "../chat/turn-input.js";
import { requireBinding } from "../thread/bound-codex.js";
import { WRITE_AGENTS_FILE } from "../thread/instructions.js";
import { initWords } from "../words/init-words.js";
import { giveMessage } from "./own-message.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const init: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  return withSession(host, ctx, async (session) => {
    const { sessionFile, pluginConfig } = session;
    const { cwd, server } = await requireBinding(sessionFile);
    const { start } = resolveCodexAppServerRuntimeOptions({ pluginConfig, server });
    if (!isFar(start) && cwd !== "" && (await hasOne(cwd))) return initWords.there;
    const input = [textInput(WRITE_AGENTS_FILE)];
    const given = await giveMessage(host, ctx, session, { input });
    return given ? initWords.writing(given.isWaiting) : initWords.cannotTellLater;
  });
};

async function hasOne(cwd: string): Promise<boolean> {
  try {
    await lstat(path.join(cwd, "AGENTS.md"));
    return true;
  } catch {
    return false;
  }
}
