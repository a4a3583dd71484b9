/**
 * Whether what the chats were shown is what they may have been shown. It knows what really happened: what people sent,
 * what Codex took and said, what the channel took, and what befell the machine.
 */
import { tagsIn } from "./tags.js";
import { isCard } from "./cards.js";
import type { Chat } from "./chat.js";
import { judgeFinal, judgePicture, judgeRepeats } from "./judge-answers.js";
import type { Accuse } from "./judge-excuses.js";
import { judgeMessages, unanswered } from "./judge-messages.js";
import { judgeQuestions } from "./judge-questions.js";
import { kindOf } from "./texts.js";
import type { World } from "./world.js";

export type Violation = { rule: string; about: string; what: string };

/** Whether everything has come to its end. */
export function isSettled(world: World): boolean {
  return (
    filesLeft(world).length === 0 &&
    world.chats.every((chat) =>
      [...chat.sent.values()].every((sent) => sent.acceptedAt !== undefined),
    ) &&
    unanswered(world).length === 0
  );
}

export function judge(world: World): Violation[] {
  const violations: Violation[] = world.ledger.failures.map((what) => ({
    rule: "nothing breaks",
    about: "",
    what,
  }));
  const accuse: Accuse = (rule, about, what) => void violations.push({ rule, about, what });
  for (const file of filesLeft(world)) accuse("nothing is left on disk", "", file);
  for (const chat of world.chats) {
    judgeIsolation(chat, accuse);
    judgeRepeats(world, chat, accuse);
    judgeMessages(world, chat, accuse);
  }
  for (const final of world.ledger.finals.values()) judgeFinal(world, final, accuse);
  for (const picture of world.ledger.pictures.values()) judgePicture(world, picture, accuse);
  for (const { tag } of unanswered(world)) accuse("each message has an outcome", tag, "has none");
  judgeQuestions(world, accuse);
  return violations;
}

function filesLeft({ computer }: World): string[] {
  return computer
    .files()
    .filter((file) => /\.(?:in|out)box\/.*\.json$|\.tmp$|\.unreadable/.test(file));
}

function judgeIsolation(chat: Chat, accuse: Accuse): void {
  const own = `c${chat.number}/`;
  for (const arrival of chat.arrivals) {
    const { text, changes, number } = arrival;
    const foreign = [text, ...changes].flatMap(tagsIn).filter((tag) => !tag.startsWith(own));
    if (foreign.length > 0) {
      accuse("nothing of another chat", `c${chat.number}/m${number}`, `shows ${foreign.join()}`);
    }
    if (kindOf(text) === "unknown" && !isCard(arrival)) {
      accuse("texts are known", `c${chat.number}/m${number}`, `shows: ${text}`);
    }
  }
}
