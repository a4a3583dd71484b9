/** Whether Codex's questions were decided as they must be: shown where they belong, by one person's one act, and truly. */
import { words } from "../../src/words/words.js";
import { tagsIn, type Tag } from "../chaos/tags.js";
import { isQuestion, type Arrival } from "./chat.js";
import type { Accuse } from "./judge.js";
import type { AnswerAct, World } from "./world.js";

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
    const isAsked = world.ledger.asked.has(tag) || world.ledger.asyncAsked.has(tag);
    if (!isAsked) accuse("questions are Codex's", tag, "shows a question that Codex did not ask");
    for (const question of questions) judgeShown(world, tag, question, accuse);
  }
  for (const [tag, decision] of world.ledger.decisions) {
    judgeDecision(tag, decision, shown.get(tag) ?? [], actsOn(world, shown.get(tag) ?? []), accuse);
  }
}

function actsOn(world: World, questions: readonly Arrival[]): AnswerAct[] {
  return world.answers.filter(({ question }) => questions.includes(question));
}

function judgeShown(world: World, tag: Tag, question: Arrival, accuse: Accuse): void {
  const acts = actsOn(world, [question]);
  const deciding = acts.filter(hasDecided);
  if (deciding.length > 1)
    accuse("decided once", tag, JSON.stringify(deciding.map(({ told }) => told)));
  for (const { decision, told } of acts) {
    const isStrangers = decision.do === "click" && decision.by === "stranger";
    if (isStrangers && told !== undefined && told !== words.notAuthorized) {
      accuse("strangers are refused", tag, `a stranger was told: ${told}`);
    }
  }
  const outcomes = question.changes.filter((change) => change.includes("➡️"));
  if (outcomes.length > 1) accuse("one outcome of a question", tag, outcomes.join(" / "));
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
