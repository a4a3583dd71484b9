/** Whether Codex's questions were decided as they must be: shown where they belong, by one person's one act, and truly. */
import type { Ends, Violation } from "./check.js";
import type { LogEntry } from "./fake-codex/log.js";
import { hasDecided, mayHaveDecided, wasRefused, type ShownQuestion } from "./shown-questions.js";
import { tagOf, tagsIn, type Tag } from "./tags.js";
import type { ChatTranscript } from "./transcripts.js";

export function judgeQuestions(
  chats: readonly ChatTranscript[],
  log: readonly LogEntry[],
  ends: Ends,
): Violation[] {
  const violations: Violation[] = [];
  const decisions = new Map<string, string>();
  const asked = new Set<string>();
  for (const { event, tag, what } of log) {
    if (tag === undefined) continue;
    if (event === "asked") asked.add(tag);
    if (event === "decision") decisions.set(tag, what ?? "");
  }
  for (const { chat, questions, asides } of chats) {
    const shown = new Map<Tag, ShownQuestion[]>();
    for (const question of questions) {
      const tag = tagOf(chat, question.number);
      shown.set(tag, [...(shown.get(tag) ?? []), question]);
    }
    for (const [tag, ones] of shown) {
      const accuse = (what: string): void => void violations.push({ chat, tag, what });
      if (!asked.has(tag)) accuse("shows a question that Codex did not ask");
      if (ones.length > 1) accuse(`shows its question ${ones.length} times`);
      for (const question of ones) judgeShown(question, tag, ends, accuse);
      judgeDecision(ones, decisions.get(tag), accuse);
      const told = asides.filter(({ number }) => tagOf(chat, number) === tag);
      if (told.length > 1) accuse("is told more than once that nobody answered");
      if (told.length > 0 && ones.some((question) => question.acts.some(hasDecided))) {
        accuse("is told that nobody answered, though somebody did");
      }
    }
  }
  for (const [tag, what] of decisions) {
    const isShown = chats.some(({ chat, questions }) =>
      questions.some(({ number }) => tagOf(chat, number) === tag),
    );
    if (what === "accept" && !isShown) {
      violations.push({ chat: 0, tag, what: "was allowed something that nobody saw" });
    }
  }
  return violations;
}

function judgeShown(
  { text, acts, changes, run }: ShownQuestion,
  tag: Tag,
  { ended }: Ends,
  accuse: (what: string) => void,
): void {
  const foreign = tagsIn(text).filter((other) => other !== tag);
  if (foreign.length > 0) accuse(`shows a question of ${foreign.join(", ")}`);
  if (acts.filter(hasDecided).length > 1) accuse(`was decided twice: ${JSON.stringify(acts)}`);
  const strangers = acts.filter(({ by }) => by === "stranger");
  if (!strangers.every(wasRefused)) accuse(`let a stranger decide: ${JSON.stringify(strangers)}`);
  // What a gateway did not live to show stays as it is; a click on it says that it is over.
  const outcomes = changes.filter((change) => change.includes("➡️"));
  if (outcomes.length === 0 && !ended.has(run)) accuse("shows no outcome of its question");
  if (outcomes.length > 1) accuse(`shows two outcomes: ${outcomes.join(" / ")}`);
}

/** What Codex was told is what a person chose; where nobody did, it is no. */
function judgeDecision(
  questions: readonly ShownQuestion[],
  decision: string | undefined,
  accuse: (what: string) => void,
): void {
  if (decision === undefined) return;
  const acts = questions.flatMap((question) => question.acts);
  const deciding = acts.find(hasDecided);
  if (deciding && !deciding.uncertain) {
    const chosen = deciding.choice === "once" ? "accept" : "decline";
    if (decision !== chosen) accuse(`was answered ${decision}, and told ${deciding.told}`);
    return;
  }
  const isOnesChoice = (choice: "once" | "deny"): boolean =>
    acts.some((act) => act.choice === choice && mayHaveDecided(act));
  if (decision !== "decline" && !isOnesChoice("once")) accuse(`was answered ${decision} by nobody`);
  // A click that was taken before time was up has to count; one that came late was told nothing either.
  const onlyAllowed = isOnesChoice("once") && !isOnesChoice("deny");
  const isSure = acts.every(({ uncertain }) => !uncertain);
  const hasShown = questions.some(({ changes }) => changes.some((text) => /➡️ Allowed/.test(text)));
  if (decision === "decline" && onlyAllowed && isSure && hasShown) {
    accuse("was denied, though it shows that it was allowed");
  }
}
