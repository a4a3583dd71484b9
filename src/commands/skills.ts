/** `/codexchat skills`: the skills that Codex has in the chat's folder, and running one, with words or without. */
import { callCodex, METHODS, type CodexSkill } from "../app-server/methods.js";
import { textInput } from "../chat/turn-input.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { requireBinding } from "../thread/bound-codex.js";
import { skillWords } from "../words/skill-words.js";
import { codexOf } from "./codex.js";
import { giveMessage } from "./own-message.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** `skills`, `skills NAME`, `skills NAME TEXT`. */
export const skills: Subcommand = async (host, ctx, args, text) =>
  withSession(host, ctx, async (session) => {
    const [name] = args;
    const offered = await offeredSkills(session);
    if (name === undefined) return skillWords.list(offered);
    const wanted = offered.find((skill) => skill.name.toLowerCase() === name.toLowerCase());
    if (!wanted) return skillWords.unknown(name);
    return run(host, ctx, session, wanted, text.slice(name.length).trim());
  });

/** Those that are switched on. @throws what Codex refuses, CodexLocalError */
export async function offeredSkills(
  chat: Pick<Session, "sessionFile" | "pluginConfig">,
): Promise<CodexSkill[]> {
  const { cwd } = await requireBinding(chat.sessionFile);
  const { client, timeoutMs } = await codexOf(chat);
  const params = cwd === "" ? {} : { cwds: [cwd] };
  return callCodex(client, METHODS.listSkills, params, { timeoutMs });
}

async function run(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  { name, path }: CodexSkill,
  words: string,
): Promise<string> {
  // Codex takes the name in the words for the place where the skill belongs.
  const said = textInput(`$${name} ${words}`.trim());
  const input = [said, { type: "skill" as const, name, path }];
  const given = await giveMessage(host, ctx, session, { input });
  return given ? skillWords.running(name, given.isWaiting) : skillWords.cannotTellLater;
}
