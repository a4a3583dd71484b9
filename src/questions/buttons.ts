/** The buttons below Codex's questions: what they carry, and what a click on one does. */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import * as z from "zod/mini";
import { CLICK_CHANNEL, type ChatButton } from "../chat-buttons.js";
import { questionWords } from "../words/question-words.js";
import { answerQuestion, showWholeQuestion, type OpenQuestion } from "./board.js";
import { resultInWords } from "./result-words.js";

const NAMESPACE = "codexapproval";
const SHOW_ALL = "all";

const respond = z.custom<(message: { text: string }) => Promise<unknown>>(
  (value) => typeof value === "function",
);

/** The part of a click on Telegram that is used here. */
const clickSchema = z.object({
  callback: z.object({ payload: z.string() }),
  auth: z.object({ isAuthorizedSender: z.boolean() }),
  respond: z.object({
    reply: respond,
    clearButtons: z.custom<() => Promise<unknown>>((value) => typeof value === "function"),
  }),
});

/** The buttons of a question: its choices, the refusal, and the whole text where it was cut. */
export function questionButtons({ id, question }: OpenQuestion): ChatButton[] {
  const value = (choice: string): string => `${NAMESPACE}:${id}:${choice}`;
  return [
    ...[...question.choices, question.refusal].map((choice) => ({
      label: questionWords.button(choice.label),
      value: value(choice.id),
    })),
    ...(questionWords.isLong(question.details)
      ? [{ label: questionWords.showAll, value: value(SHOW_ALL) }]
      : []),
  ];
}

/** Takes the clicks. */
export function registerQuestionButtons(
  api: Pick<OpenClawPluginApi, "registerInteractiveHandler">,
): void {
  api.registerInteractiveHandler({
    channel: CLICK_CHANNEL,
    namespace: NAMESPACE,
    handler: async (context) => {
      await handleClick(context);
      return { handled: true };
    },
  });
}

async function handleClick(context: unknown): Promise<void> {
  const click = clickSchema.safeParse(context);
  if (!click.success) return;
  const { callback, auth, respond: chat } = click.data;
  const say = async (text: string): Promise<void> => void (await chat.reply({ text }));
  if (!auth.isAuthorizedSender) return say(questionWords.notAuthorized);
  const [id = "", choice = ""] = callback.payload.split(":");
  if (choice === SHOW_ALL && (await showWholeQuestion(id))) return;
  const result = answerQuestion(id, choice, "click");
  // Whoever asked shows what became of it, in the question itself.
  if (result.kind === "taken") return;
  await say(resultInWords(result));
  // Left over from a gateway that was restarted, they would go on to promise something. Where they are gone already
  // Telegram refuses, and OpenClaw would bring a click that failed again and again, before anything else of the chat.
  if (result.kind === "not open") await chat.clearButtons().catch(() => undefined);
}
