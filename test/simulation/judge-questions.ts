/** Whether Codex's questions were decided as they must be: shown where they belong, by one person's one act, and truly. */
import { turnWords } from "../../src/words/turn-words.js";
import { tagsIn, type Tag } from "./tags.js";
import { isQuestion, type Arrival } from "./chat.js";
import { chatOf, type Accuse } from "./judge-excuses.js";
import type { AnswerAct } from "./people.js";
import type { World } from "./world.js";

/** A question changes so soon after its end. */
const CLOSED_MS = 5000;

export function judgeQuestions(world: World, accuse: Accuse): void {
  const shown = new Map<Tag, Arrival[]>();
  for (const chat of world.chats) {
    for (const arrival of chat.arrivals) {
      if (!isQuestion(arrival.text)) continue;
      const [tag] = tagsIn(arrival.text);
      if (tag) shown.set(tag, [...(shown.get(tag) ?? []), arrival]);
    }
  }
  for (const [tag, questions] of shown) {
    const asked = world.ledger.asked.get(tag);
    const isAsked = asked !== undefined || world.ledger.asyncAsked.has(tag);
    if (!isAsked) accuse("questions are Codex's", tag, "shows a question that Codex did not ask");
    if (asked?.by === "terminal") {
      accuse(
        "a terminal's questions are its own",
        tag,
        "shows a question of another client's turn",
      );
    }
    for (const question of questions) judgeShown(world, tag, question, accuse);
  }
  for (const [tag, { decision, isTerminals, at }] of world.ledger.decisions) {
    const questions = shown.get(tag) ?? [];
    for (const question of questions) judgeClosed(world, tag, { question, at }, accuse);
    if (!isTerminals) judgeDecision(tag, decision, questions, actsOn(world, questions), accuse);
  }
}

function actsOn(world: World, questions: readonly Arrival[]): AnswerAct[] {
  return world.people.answers.filter(({ question }) => questions.includes(question));
}

function judgeShown(world: World, tag: Tag, question: Arrival, accuse: Accuse): void {
  const acts = actsOn(world, [question]);
  const deciding = acts.filter(hasDecided);
  if (deciding.length > 1)
    accuse("decided once", tag, JSON.stringify(deciding.map(({ told }) => told)));
  for (const { decision, told } of acts) {
    const isStrangers = decision.do === "click" && decision.by === "stranger";
    if (isStrangers && told !== undefined && told !== turnWords.notAuthorized) {
      accuse("strangers are refused", tag, `a stranger was told: ${told}`);
    }
  }
  const outcomes = question.changes.filter((change) => change.includes("➡️"));
  if (outcomes.length > 1) accuse("one outcome of a question", tag, outcomes.join(" / "));
}

/** What is decided, by whomever, no longer looks open. */
function judgeClosed(
  world: World,
  tag: Tag,
  { question, at }: { question: Arrival; at: number },
  accuse: Accuse,
): void {
  if (question.changes.length > 0 || question.at > at) return;
  const isBetween = (time: number): boolean => time >= question.at - 1000 && time <= at + CLOSED_MS;
  const isDisturbed =
    // It was on its way when the gateway ended that had sent it.
    world.ends.some(({ run, at: endedAt }) => run === question.run && endedAt <= question.at) ||
    world.ends.some((end) => isBetween(end.at)) ||
    world.reloads.some(isBetween) ||
    world.channel.troubles.some(
      (trouble) => trouble.chat === chatOf(world, tag)?.number && isBetween(trouble.at),
    );
  if (!isDisturbed) accuse("questions are closed", tag, "was decided, and looks open");
}

function hasDecided({ decision, told }: AnswerAct): boolean {
  return decision.do === "type" && told?.startsWith("➡️") === true;
}

/** Codex was told what a person chose; if nobody did, it was told no. */
function judgeDecision(
  tag: Tag,
  decision: string,
  questions: readonly Arrival[],
  acts: readonly AnswerAct[],
  accuse: Accuse,
): void {
  const deciding = acts.find(hasDecided);
  if (deciding && deciding.decision.do === "type") {
    const chosen = deciding.decision.verb === "approve" ? "accept" : "decline";
    if (decision !== chosen)
      accuse("decisions are people's", tag, `${chosen}, but Codex heard ${decision}`);
    return;
  }
  if (decision === "accept") {
    const may = acts.some(
      ({ decision: act }) =>
        (act.do === "click" && act.by === "owner" && act.choice === "yes") ||
        (act.do === "type" && act.verb === "approve"),
    );
    if (!may) accuse("decisions are people's", tag, "was allowed by nobody");
    if (questions.length === 0) accuse("decisions are people's", tag, "was allowed and not shown");
  }
  const isShownAllowed = questions.some(({ changes }) =>
    changes.some((text) => /➡️ Allowed/.test(text)),
  );
  if (decision === "decline" && isShownAllowed) {
    accuse("decisions are shown truly", tag, "was declined, and shows that it was allowed");
  }
  const isShownDenied = questions.some(({ changes }) =>
    changes.some((text) => /➡️ Denied/.test(text)),
  );
  if (decision === "accept" && isShownDenied) {
    accuse("decisions are shown truly", tag, "was allowed, and shows that it was denied");
  }
}
