/** `/codexchat plan on|off`: whether Codex plans or works in the turns to come. */
import { requireBinding } from "../thread/bound-codex.js";
import { updateCodexAppServerBinding } from "../thread/thread-binding.js";
import { planWords } from "../words/answer-words.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const plan: Subcommand = async (host, ctx, args) => {
  const [wanted, ...rest] = args;
  if (rest.length > 0 || (wanted !== "on" && wanted !== "off")) return undefined;
  return withSession(host, ctx, async ({ sessionFile }) => {
    const { model } = await requireBinding(sessionFile);
    // Codex takes the mode together with a model only.
    if (model === undefined) return planWords.noModel;
    const isOn = wanted === "on";
    await updateCodexAppServerBinding(sessionFile, { plan: isOn });
    return isOn ? planWords.on : planWords.off;
  });
};
