/** `/codexchat plan`: whether Codex plans or works in the turns to come, and what becomes of its plan. */
import { textInput } from "../chat/turn-input.js";
import { auditCommand } from "../host/audit.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { settlePlan } from "../messages/plan-offers.js";
import { requireBinding } from "../thread/bound-codex.js";
import { isPlanning } from "../thread/plan-mode.js";
import { updateCodexAppServerBinding } from "../thread/thread-binding.js";
import { planWords } from "../words/answer-words.js";
import { giveMessage } from "./own-message.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** `plan` (or `plan on`), `plan off`, `plan implement`, or `plan TEXT`: plan mode, and what to plan. */
export const plan: Subcommand = async (host, ctx, args, text) =>
  withSession(host, ctx, async (session) => {
    const binding = await requireBinding(session.sessionFile);
    // Codex takes the mode together with a model only.
    if (binding.model === undefined) return planWords.noModel;
    const verb = args.length === 1 ? args[0]?.toLowerCase() : undefined;
    switch (verb ?? (args.length === 0 ? "on" : "")) {
      case "on":
        await switchTo(host, ctx, session, true);
        return planWords.on;
      case "off":
        await switchTo(host, ctx, session, false);
        return planWords.off;
      case "implement": {
        if (!isPlanning(binding)) return planWords.notOn;
        const say = planWords.implementing;
        return withMessage(host, ctx, session, {
          plan: false,
          said: planWords.implementPrompt,
          say,
        });
      }
      default:
        return withMessage(host, ctx, session, { plan: true, said: text, say: planWords.planning });
    }
  });

/** Switches the mode and gives Codex a message of the person's under it. */
async function withMessage(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  wanted: { plan: boolean; said: string; say: (waiting: boolean) => string },
): Promise<string> {
  const input = [textInput(wanted.said)];
  const given = await giveMessage(host, ctx, session, { input }, () =>
    switchTo(host, ctx, session, wanted.plan, wanted.said),
  );
  return given ? wanted.say(given.isWaiting) : planWords.cannotTellLater;
}

async function switchTo(
  host: PluginHost,
  ctx: CommandContext,
  { sessionFile }: Session,
  isOn: boolean,
  text?: string,
): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, { plan: isOn });
  settlePlan(sessionFile);
  const outcome = isOn ? "on" : "off";
  await auditCommand(host, ctx, { event: "plan mode", session: sessionFile, outcome, text });
}
