/**
 * A number that is typed as a plain message: it chooses from the list that its sender has open, unless it answers a question
 * of Codex's. Whichever was shown last is meant; if both may be, the person is asked.
 */
import type { Reply } from "../commands/subcommand.js";
import { monotonicMs } from "../common/clock.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { bareAnswerShownAt } from "../questions/bare-answer.js";
import { cardWords } from "../words/card-words.js";
import { pickNumber } from "./cards.js";
import { closeList, listOf } from "./lists.js";

/** Whoever types may still have the list before their eyes when a question has just come. */
const READING_MS = 15_000;

/** What the message does instead of going to Codex; undefined if the list is not meant, which is closed then. */
export function takeBareNumber(
  host: PluginHost,
  sessionFile: string,
  said: string,
  ctx: CommandContext,
): (() => Promise<Reply | undefined>) | undefined {
  const list = listOf(sessionFile, ctx.senderId);
  if (!list) return undefined;
  const number = said.trim().replace(/[.!]$/, "");
  if (/^\d{1,2}$/.test(number)) {
    const question = bareAnswerShownAt(sessionFile, said);
    const isQuestionNew =
      question === "coming" ||
      (question !== undefined && question >= list.shownAt && monotonicMs() - question < READING_MS);
    if (isQuestionNew) return async () => ({ text: cardWords.whichNumber(number) });
    if (question === undefined || question < list.shownAt) {
      return () => pickNumber(host, ctx, Number(number));
    }
  }
  closeList(sessionFile);
  return undefined;
}
