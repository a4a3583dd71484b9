/** The cards about a chat itself: pure functions of what is known of it. */
import type { ChatFacts } from "../commands/chat-facts.js";
import type { PastExchange } from "../commands/history.js";
import type { ListedTurn } from "../messages/queue.js";
import { cardWords } from "../words/card-words.js";
import { diffWords } from "../words/diff-words.js";
import type { SubcommandName } from "../words/command-list.js";
import { undoWords } from "../words/undo-words.js";
import { go, HOME, pageOf, type Card, type CardButton, type Shown, type View } from "./card.js";

const BACK = [go(cardWords.back, HOME)];
const MORE: View = { name: "more" };
const QUEUED_ON_A_PAGE = 5;
const queueAt = (page: number): View => ({ name: "queue", page });

type Run = { args?: readonly string[]; next?: View; answer?: "card" | "chat" };

function run(
  label: string,
  command: SubcommandName,
  shown: Shown,
  { args = [], next = HOME, answer = "card" }: Run = {},
): CardButton {
  return { label, action: { kind: "run", command, args, shown, next, answer } };
}

export function homeCard(facts: ChatFacts): Card {
  const { threadId, turnId, isAtWork, waiting, isHeld } = facts;
  const now = [
    ...(isAtWork ? [run(cardWords.stop, "stop", { threadId, turnId })] : []),
    ...(turnId === undefined ? [] : [go(cardWords.steer, { name: "steer" })]),
    ...(waiting > 0 || isHeld ? [go(cardWords.queue(waiting), { name: "queue", page: 0 })] : []),
  ];
  return {
    text: cardWords.home(facts),
    rows: [
      ...(now.length === 0 ? [] : [now]),
      [
        go(cardWords.newThread, { name: "folders", page: 0 }),
        go(cardWords.threads, { name: "threads", page: 0 }),
      ],
      [
        go(cardWords.model, { name: "models", page: 0 }),
        go(cardWords.permissions, { name: "permissions" }),
      ],
      [
        go(cardWords.diff, { name: "diff" }),
        go(cardWords.files, { name: "files", path: "", page: 0 }),
        go(cardWords.more, MORE),
      ],
    ],
  };
}

/** The chat is bound, and its thread is missing. */
export function lostCard(text: string): Card {
  const shown = { threadId: undefined };
  return {
    text,
    rows: [
      [
        run(cardWords.newThread, "bind", shown, { answer: "chat" }),
        go(cardWords.threads, { name: "threads", page: 0 }),
      ],
      [run(cardWords.detach, "detach", shown, { answer: "chat" })],
    ],
  };
}

/** `folder`: where a bind that names none would work. */
export function unboundCard(folder: string | undefined): Card {
  const shown = { threadId: undefined };
  const label = folder === undefined ? cardWords.bind : cardWords.bindIn(folder);
  return {
    text: cardWords.notBound,
    rows: [
      [run(label, "bind", shown, { answer: "chat" })],
      [
        go(cardWords.chooseFolder, { name: "folders", page: 0 }),
        go(cardWords.threads, { name: "threads", page: 0 }),
      ],
      [run(cardWords.commands, "help", shown, { answer: "chat" })],
    ],
  };
}

export function moreCard({ threadId, plan, isFast }: ChatFacts): Card {
  const shown = { threadId };
  const toChat = { answer: "chat", next: MORE } as const;
  const toCard = (args: string[]): Run => ({ args, next: MORE });
  return {
    text: cardWords.moreTitle,
    rows: [
      [
        run(cardWords.review, "review", shown, toChat),
        run(cardWords.compact, "compact", shown, toChat),
        run(cardWords.fork, "fork", shown, { answer: "chat" }),
        go(cardWords.undo, { name: "undo" }),
      ],
      [
        run(cardWords.plan(plan === true), "plan", shown, toCard([plan === true ? "off" : "on"])),
        run(cardWords.fast(isFast), "fast", shown, toCard([isFast ? "off" : "on"])),
      ],
      [go(cardWords.goal, { name: "goal" }), go(cardWords.detach, { name: "detach" })],
      [
        go(cardWords.skills, { name: "skills", page: 0 }),
        run(cardWords.toolServers, "mcp", shown, toChat),
        go(cardWords.runningCommands, { name: "commands", page: 0 }),
      ],
      [
        run(cardWords.status, "status", shown, toChat),
        run(cardWords.commands, "help", shown, toChat),
      ],
      BACK,
    ],
  };
}

export function goalCard({ threadId, goal, now }: ChatFacts): Card {
  const shown = { threadId };
  const change = (label: string, verb: string): CardButton =>
    run(label, "goal", shown, { args: [verb], next: { name: "goal" } });
  const change1 =
    goal?.status === "active"
      ? change(cardWords.goalPause, "pause")
      : change(cardWords.goalResume, "resume");
  return {
    text: cardWords.goalTitle(goal, now),
    rows: [
      ...(goal ? [[change1, change(cardWords.goalClear, "clear")]] : []),
      [go(cardWords.back, MORE)],
    ],
  };
}

export function detachCard({ threadId }: ChatFacts): Card {
  return {
    text: cardWords.detachTitle,
    rows: [
      [run(cardWords.detachNow, "detach", { threadId }, { answer: "chat" })],
      [go(cardWords.back, MORE)],
    ],
  };
}

/** `text` tells what has changed; undefined where git cannot. */
export function diffCard(text: string | undefined, hasChanges: boolean, shown: Shown): Card {
  const toChat = { answer: "chat", next: { name: "diff" } } as const;
  const whole = run(diffWords.sendWhole, "diff", shown, { ...toChat, args: ["file"] });
  const last = run(diffWords.last, "diff", shown, { ...toChat, args: ["last"] });
  return {
    text: text ?? diffWords.noRepository,
    rows: [[...(hasChanges ? [whole] : []), last], BACK],
  };
}

/** `last`: the turn that would be taken back; undefined if there is none. */
export function undoCard(last: PastExchange | undefined, shown: Shown): Card {
  const args = ["--turn", last?.turnId ?? ""];
  return {
    text: last ? undoWords.confirm(last) : undoWords.refused("no turn"),
    rows: [
      ...(last ? [[run(cardWords.undoNow, "undo", shown, { args })]] : []),
      [go(cardWords.back, MORE)],
    ],
  };
}

export function steerCard({ threadId, turnId, waiting }: ChatFacts): Card {
  const shown = { threadId, turnId };
  const next = (label: string, as: "steer" | "side"): CardButton => ({
    label,
    action: { kind: "next message", as, shown },
  });
  return {
    text: turnId === undefined ? cardWords.staleTurn : cardWords.steerTitle,
    rows: [
      ...(turnId === undefined
        ? []
        : [[next(cardWords.steerNext, "steer")], [next(cardWords.sideNext, "side")]]),
      ...(turnId === undefined || waiting === 0 ? [] : [[run(cardWords.sendNow, "steer", shown)]]),
      BACK,
    ],
  };
}

export function queueCard(
  { threadId, turnId, isHeld }: ChatFacts,
  waiting: readonly ListedTurn[],
  wanted: number,
): Card {
  const { items, page, pages } = pageOf(waiting, wanted, QUEUED_ON_A_PAGE);
  const drops = items.map(({ number, id }) =>
    run(
      cardWords.drop(number),
      "queue",
      { threadId, waiting: id },
      {
        args: ["drop", String(number)],
        next: queueAt(page),
      },
    ),
  );
  return {
    text: cardWords.queueTitle(items),
    rows: [
      ...(drops.length === 0 ? [] : [drops]),
      ...(items.length === 0 || turnId === undefined
        ? []
        : [[run(cardWords.sendNow, "steer", { threadId, turnId }, { next: queueAt(page) })]]),
      [
        run(
          isHeld ? cardWords.go : cardWords.hold,
          "queue",
          { threadId },
          { args: [isHeld ? "go" : "hold"], next: queueAt(page) },
        ),
      ],
      ...pageRow(page, pages, queueAt),
      BACK,
    ],
  };
}

/** None where all is on one page. */
export function pageRow(page: number, pages: number, view: (page: number) => View): CardButton[][] {
  const row = [
    ...(page > 0 ? [go(cardWords.previous, view(page - 1))] : []),
    ...(page < pages - 1 ? [go(cardWords.next, view(page + 1))] : []),
  ];
  return row.length === 0 ? [] : [row];
}
