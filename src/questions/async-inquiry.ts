/** Questions that a model asks without waiting: it works on, and the answer comes to it as a message. */
import * as z from "zod/mini";
import { questionWords } from "../words/question-words.js";
import { choice, option, type CodexInquiry, type CodexQuestion } from "./question.js";

const MOST_QUESTIONS = 10;
const MOST_OPTIONS = 20;

const asyncQuestions = z.object({
  type: z.literal("agentMessage"),
  delivery: z.literal("async"),
  questions: z
    .array(z.object({ title: z.string(), options: z.nullish(z.array(z.string())) }))
    .check(z.minLength(1), z.maxLength(MOST_QUESTIONS)),
});

/**
 * What a thread item asks asynchronously; undefined for any other item. The inquiry's answer is the text to give to the
 * model by `turn/steer`, or as the next message; null where nobody answered anything.
 */
export function asyncInquiry(item: unknown): CodexInquiry | undefined {
  const read = asyncQuestions.safeParse(item);
  if (!read.success) return undefined;
  const { questions } = read.data;
  return {
    questions: questions.map(questionOf),
    answer: (results) => {
      const answered = questions.flatMap(({ title }, index) => {
        const answer = results[index];
        return typeof answer === "string" ? [{ title, answer }] : [];
      });
      return answered.length === 0 ? null : questionWords.asyncAnswer(answered);
    },
  };
}

function questionOf({
  title,
  options,
}: z.infer<typeof asyncQuestions>["questions"][number]): CodexQuestion {
  const labels = (options ?? []).filter((label) => label.trim() !== "").slice(0, MOST_OPTIONS);
  return {
    kind: "input",
    title,
    grant: [],
    facts: [],
    choices: labels.map((label, index) => option(index, label, label)),
    refusal: { ...choice("deny", null), ...questionWords.noAnswer },
    // It is a message like any other, so it can say anything.
    readTyped: (text) => ({ id: "typed", label: text, outcome: text, result: text }),
  };
}
