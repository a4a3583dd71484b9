/** The buttons below Codex's questions: what they carry, and what a click on one does. */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import * as z from "zod/mini";
import { approvalWords } from "./approval-words.js";
import type { ChatButton } from "./conversation-delivery.js";
import { answerQuestion, findQuestion, type OpenQuestion } from "./conversation-questions.js";

const NAMESPACE = "codexapproval";
const SHOW_ALL = "all";

const respond = z.custom<(message: { text: string; buttons?: [] }) => Promise<unknown>>(
  (value) => typeof value === "function",
);

/** The part of a click on Telegram that is used here. */
const clickSchema = z.object({
  callback: z.object({ payload: z.string() }),
  auth: z.object({ isAuthorizedSender: z.boolean() }),
  respond: z.object({ reply: respond, editMessage: respond }),
});

/** The buttons of a question: its choices, the refusal, and the whole text where it was cut. */
export function questionButtons({ id, question }: OpenQuestion): ChatButton[] {
  const value = (choice: string): string => `${NAMESPACE}:${id}:${choice}`;
  return [
    ...[...question.choices, question.refusal].map((choice) => ({
      label: approvalWords.button(choice.label),
      value: value(choice.id),
    })),
    ...(approvalWords.isLong(question.details)
      ? [{ label: approvalWords.showAll, value: value(SHOW_ALL) }]
      : []),
  ];
}

/** Takes the clicks. */
export function registerApprovalButtons(
  api: Pick<OpenClawPluginApi, "registerInteractiveHandler">,
): void {
  api.registerInteractiveHandler({
    channel: "telegram",
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
  if (!auth.isAuthorizedSender) return say(approvalWords.notAuthorized);
  const [id = "", choice = ""] = callback.payload.split(":");
  if (choice === SHOW_ALL) {
    const open = findQuestion(id);
    return say(
      open
        ? approvalWords.full(open.question.title, open.question.details, "plain")
        : approvalWords.notOpen,
    );
  }
  const result = answerQuestion(id, choice);
  switch (result.kind) {
    case "taken": {
      const text = approvalWords.settled(result.question.question, result.choice.outcome, "plain");
      // The question itself shows what became of it, and has no buttons any more.
      await chat.editMessage({ text, buttons: [] });
      return;
    }
    case "settled before":
      return say(approvalWords.alreadySettled(result.outcome));
    case "no such choice":
      return say(approvalWords.noSuchChoice(result.choices));
    case "not open":
      return say(approvalWords.notOpen);
  }
}
