/** What a chat hears of what its thread finished while nobody listened. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { LEFT_TO_OTHERS } from "../../src/app-server/protocol.js";
import { catchUp, type CatchUpHost } from "../../src/messages/catch-up.js";
import { GoalRuns } from "../../src/messages/goal-runs.js";
import { readCodexConversationActiveTurn } from "../../src/messages/control.js";
import { queuedConversationTurns } from "../../src/messages/queue.js";
import { openQuestions } from "../../src/questions/board.js";
import { noteSeenTurn, updateCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import type { ThreadHost } from "../../src/thread/session.js";
import { attachThreadHost, openThreadSession } from "../../src/thread/sessions.js";
import { forgetLoaded } from "../../src/thread/thread.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { conversation } from "../support/conversation/conversation.js";
import { nobody } from "../support/conversation/nobody.js";
import { clientSource } from "../support/conversation/client-source.js";
import { refuse, ScriptedCodex, ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

type Turn = { id: string; status?: string; error?: object; items: Record<string, unknown>[] };

const said = (text: string, phase = "final_answer") => ({
  type: "agentMessage",
  id: `item-${text}`,
  text,
  phase,
});
const asked = (clientId: string | null) => ({ type: "userMessage", id: "u", clientId });

const neverAnswered = (): never => {
  throw new CodexLocalError("REQUEST_TIMEOUT", "Codex did not answer in time.");
};

const nobodysGoal = {
  notify: async () => {},
  sendNote: async () => undefined,
  askBudget: async () => undefined,
  continueGoal: () => {},
  clearGoal: async () => {},
  isStopped: () => false,
  warn: (text: string) => expect.unreachable(text),
};

/** What the thread holds, the oldest turn first. */
const remembers =
  (...turns: Turn[]) =>
  (codex: ScriptedCodex): void => {
    const data = turns.map((turn) => ({ status: "completed", ...turn })).toReversed();
    codex.answer("thread/turns/list", () => ({ data, nextCursor: null }));
  };

/** A chat whose goal has had a turn, which it has heard of. */
async function goalChat() {
  const bound = await boundChat();
  bound.tellGoal("active");
  await bound.goalTurn(1, "Step 1.");
  await bound.sent.waitFor((text) => text === "Step 1.");
  await until(async () => (await bound.chat.binding())?.seen?.turnId === "goal-turn-1");
  return bound;
}

describe("a goal's turns that ended while the gateway was away", () => {
  test("are delivered when the thread is loaded, in order, before what comes then", async () => {
    const { sent, restart } = await goalChat();
    const next = await restart(
      remembers(
        { id: "goal-turn-1", items: [said("Step 1.")] },
        { id: "goal-turn-2", items: [said("Looking.", "commentary"), said("Step 2.")] },
        { id: "goal-turn-3", items: [said("Step 3a."), said("Step 3b.")] },
      ),
    );
    await next.codex.called("thread/goal/set", 2);
    (await next.begins("goal-turn-4")).reply("Step 4?");
    await sent.waitFor((text) => text === "Step 4?");
    expect(sent.entries).toEqual([
      "Hello.",
      "Step 1.",
      "Step 2.",
      "Step 3a.\n\nStep 3b.",
      "Step 4?",
    ]);
  });

  test("are delivered once, however often the thread is loaded", async () => {
    const { chat, sent, restart } = await goalChat();
    const thread = remembers(
      { id: "goal-turn-1", items: [said("Step 1.")] },
      { id: "goal-turn-2", items: [said("Step 2.")] },
    );
    const next = await restart(thread);
    await next.codex.called("thread/goal/set", 2);
    await sent.waitFor((text) => text === "Step 2.");
    expect((await chat.binding())?.seen?.turnId).toBe("goal-turn-2");
    // As if that could not be stored: the outbox knows it as well.
    await noteSeenTurn(chat.sessionFile, "thread-1", "goal-turn-1");
    forgetLoaded(next.codex, "thread-1");
    await next.say("hi again");
    (await next.codex.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(next.codex.of("thread/turns/list")).toHaveLength(2);
    expect(sent.entries).toEqual(["Hello.", "Step 1.", "Step 2.", "Hello again."]);
  });

  test.each([
    ["somebody at a terminal has spoken", asked(null)],
    ["Codex has made the thread shorter", { type: "contextCompaction", id: "c" }],
  ])("are delivered, too, if %s meanwhile", async (_what, item) => {
    const { sent, restart } = await goalChat();
    await restart(
      remembers({
        id: "goal-turn-2",
        items: [said("Looking.", "commentary"), item, said("Step 2.")],
      }),
    );
    await sent.waitFor((text) => text === "Step 2.");
    expect(sent.entries).toEqual(["Hello.", "Step 1.", "Step 2."]);
  });

  test("of a long run come as the last and those that ask something, with a count of the rest", async () => {
    const { sent, restart } = await goalChat();
    const steps = [2, 3, 4, 5, 6].map((number) => ({
      id: `goal-turn-${number}`,
      items: [said(number === 3 ? "Which port?" : `Step ${number}.`)],
    }));
    await restart(remembers(...steps));
    await sent.waitFor((text) => text === "Step 6.");
    expect(sent.entries.slice(2)).toEqual([
      "🎯 While the gateway was down, the goal took 3 turns that are not shown here. Their answers are in the thread.",
      "Which port?",
      "Step 6.",
    ]);
  });

  test("that reached the goal have it told, after the answer", async () => {
    const { goal, sent, restart } = await goalChat();
    goal.change({ status: "complete" });
    await restart(remembers({ id: "goal-turn-2", items: [said("All done.")] }));
    await sent.waitFor((text) => text.includes("Goal reached after 2 turns"));
    expect(sent.entries.at(-2)).toBe("All done.");
  });

  test("are told as failed if they failed, and not at all if they were cut off", async () => {
    const { sent, restart } = await goalChat();
    const error = { message: "the model is gone" };
    await restart(
      remembers(
        { id: "goal-turn-2", status: "failed", items: [said("Nearly there.")], error },
        { id: "goal-turn-3", status: "interrupted", items: [said("Half", "commentary")] },
      ),
    );
    await sent.waitFor((text) => text.includes("the model is gone"));
    await settled();
    expect(sent.entries).toHaveLength(3);
    expect(sent.entries[2]).toMatch(/It had said:\n\nNearly there\.$/);
  });

  test("wait for the load that a message causes, too, and come before its answer", async () => {
    const { goal, sent, restart } = await goalChat();
    goal.change({ status: "paused" });
    const next = await restart(remembers({ id: "goal-turn-2", items: [said("Step 2.")] }));
    await next.say("And now?");
    (await next.codex.turn()).reply("Now this.");
    await sent.waitFor((text) => text === "Now this.");
    expect(sent.entries.slice(2)).toEqual(["Step 2.", "Now this."]);
  });

  test("that runs when the thread is loaded is followed, though only its end is heard", async () => {
    const { sent, restart } = await goalChat();
    const next = await restart(
      remembers({
        id: "goal-turn-2",
        status: "inProgress",
        items: [said("Looking.", "commentary")],
      }),
    );
    await next.codex.called("thread/goal/set", 2);
    const turn = { id: "goal-turn-2", status: "completed", items: [said("Step 2.")] };
    next.codex.notify({ method: "turn/completed", params: { threadId: "thread-1", turn } });
    await sent.waitFor((text) => text === "Step 2.");
    expect(sent.entries).toEqual(["Hello.", "Step 1.", "Step 2."]);
  });
});

test.each(["before", "after"])(
  "a goal's turn on a shared app-server that has done nothing when the thread is loaded is the goal's: its first item comes %s its record",
  async (when) => {
    const { sent, restart } = await goalChat();
    const params = { threadId: "thread-1", turnId: "goal-turn-2" };
    const item = said("Looking.", "commentary");
    const next = await restart((codex) => {
      Object.assign(codex, { isShared: true });
      codex.answer("thread/turns/list", () => {
        if (when === "before") {
          codex.notify({ method: "item/completed", params: { ...params, item } });
        }
        const running = { id: "goal-turn-2", status: "inProgress", items: [] };
        return { data: [running], nextCursor: null };
      });
    });
    await next.codex.called("thread/goal/set", 2);
    if (when === "after") {
      next.codex.notify({ method: "item/completed", params: { ...params, item } });
    }
    const turn = { id: "goal-turn-2", status: "completed", items: [said("Step 2.")] };
    next.codex.notify({ method: "turn/completed", params: { threadId: "thread-1", turn } });
    await sent.waitFor((text) => text.includes("Step 2."));
    expect(sent.entries.at(-1)).toBe("Step 2.");
  },
);

test("a goal's turn on a shared app-server that ends while its thread's record is read is the goal's", async () => {
  const { sent, restart } = await goalChat();
  const next = await restart((codex) => {
    Object.assign(codex, { isShared: true });
    codex.answer("thread/turns/list", () => {
      const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-2", {});
      turn.say("Step 2.", "final_answer");
      turn.end();
      return { data: [{ id: "goal-turn-2", status: "inProgress", items: [] }], nextCursor: null };
    });
  });
  await next.codex.called("thread/goal/set", 2);
  await sent.waitFor((text) => text.includes("Step 2."));
  expect(sent.entries.at(-1)).toBe("Step 2.");
});

test("a goal's turn that runs when the thread is loaded answers with what it had said before, too", async () => {
  const { sent, restart } = await goalChat();
  const next = await restart(
    remembers({ id: "goal-turn-2", status: "inProgress", items: [said("Step 2a.")] }),
  );
  await next.codex.called("thread/goal/set", 2);
  const params = { threadId: "thread-1", turnId: "goal-turn-2" };
  next.codex.notify({ method: "item/completed", params: { ...params, item: said("Step 2b.") } });
  const turn = { id: "goal-turn-2", status: "completed", items: [said("Step 2b.")] };
  next.codex.notify({ method: "turn/completed", params: { ...params, turn } });
  await sent.waitFor((text) => text.startsWith("Step 2a."));
  expect(sent.entries.at(-1)).toBe("Step 2a.\n\nStep 2b.");
});

describe("a terminal's turn that runs on a shared app-server when a message loads the thread", () => {
  const running = { id: "turn-9", status: "inProgress", items: [asked(null)] };
  const params = { threadId: "thread-1", turnId: "turn-9" };

  /** The message is under way, and the thread is loaded. */
  async function loaded(prepare: (codex: ScriptedCodex) => void = remembers(running)) {
    const bound = await boundChat();
    const next = await bound.restart((codex) => {
      Object.assign(codex, { isShared: true });
      prepare(codex);
    });
    await next.say("My turn?");
    await next.codex.called("thread/turns/list");
    await until(() => readCodexConversationActiveTurn(bound.chat.sessionFile) !== undefined);
    return { ...bound, next: next.codex };
  }

  /** The terminal's turn, marked, before the message's own. */
  const marked = ["💻 From another Codex window on this thread:\n\nMown.", "Yours."];

  /** What the chat is told once the terminal's turn has ended, and then the message's. */
  async function toldAtTheEnd({ sent, next }: Awaited<ReturnType<typeof loaded>>) {
    const turn = { id: "turn-9", status: "completed", items: [said("Mown.")] };
    next.notify({ method: "turn/completed", params: { ...params, turn } });
    (await next.turn()).reply("Yours.");
    await sent.waitFor((text) => text === "Yours.");
    return sent.entries.slice(1);
  }

  test("is waited for, has its answer marked, and its questions are left to the terminal", async () => {
    const bound = await loaded();
    const { chat, next } = bound;
    const command = { ...params, itemId: "i", command: "npm publish" };
    expect(await next.ask("item/commandExecution/requestApproval", command)).toEqual([
      LEFT_TO_OTHERS,
    ]);
    expect(openQuestions(chat.sessionFile)).toEqual([]);
    expect(next.of("turn/start")).toEqual([]);
    next.notify({ method: "item/completed", params: { ...params, item: said("Mown.") } });
    expect(await toldAtTheEnd(bound)).toEqual(marked);
  });

  test("has its answer marked, too, if it says something before its record is read", async () => {
    const bound = await loaded((codex) => {
      codex.answer("thread/turns/list", () => {
        const item = said("Mowing.", "commentary");
        codex.notify({ method: "item/completed", params: { ...params, item } });
        return { data: [running], nextCursor: null };
      });
    });
    expect(await toldAtTheEnd(bound)).toEqual(marked);
  });
});

describe("what a thread holds beside a goal's turns", () => {
  test("is left alone: other clients' turns, the chat's own, reviews and compactions", async () => {
    const { sent, restart } = await goalChat();
    const next = await restart(
      remembers(
        { id: "t-2", items: [asked(null), said("For the terminal.")] },
        { id: "t-3", items: [asked("m-1"), said("For the inbox.")] },
        { id: "t-4", items: [{ type: "enteredReviewMode", id: "r" }, said("A review.")] },
        { id: "t-5", items: [{ type: "contextCompaction", id: "c" }] },
      ),
    );
    await next.codex.called("thread/goal/set", 2);
    await settled();
    expect(sent.entries).toEqual(["Hello.", "Step 1."]);
  });

  test("is not told if it is from before the bind", async () => {
    const { chat, sent, goal, restart } = await goalChat();
    await updateCodexAppServerBinding(chat.sessionFile, { seen: undefined });
    goal.change({ status: "paused" });
    const old = { id: "goal-turn-2", items: [said("Long ago.")] };
    const next = await restart(remembers(old));
    await next.say("hi again");
    (await next.codex.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(sent.entries).not.toContain("Long ago.");
    expect((await chat.binding())?.seen?.turnId).toBe("goal-turn-2");
  });

  test("is not told of the thread that the chat had before", async () => {
    const { chat, sent, goal, restart } = await goalChat();
    const seen = { threadId: "thread-0", turnId: "a" };
    await updateCodexAppServerBinding(chat.sessionFile, { seen });
    goal.change({ status: "paused" });
    const next = await restart(remembers({ id: "b", items: [said("Long ago.")] }));
    await next.say("hi again");
    (await next.codex.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(sent.entries).not.toContain("Long ago.");
  });
});

describe("a turn of the chat's own that was given up with its connection", () => {
  test("has its answer told once Codex has finished it", async () => {
    const { chat, sent, goal, restart } = await goalChat();
    goal.change({ status: "paused" });
    const lost = [{ threadId: "thread-1", turnId: "t-2" }];
    await updateCodexAppServerBinding(chat.sessionFile, { lost });
    const next = await restart(
      remembers({ id: "t-2", items: [asked("m-1"), said("Built in the end.")] }),
    );
    await next.say("hi again");
    (await next.codex.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(sent.entries.slice(2)).toEqual([
      "Codex finished this after all:\n\nBuilt in the end.",
      "Hello again.",
    ]);
    expect((await chat.binding())?.lost).toBeUndefined();
  });
});

test("a turn that Codex began without having said so before it died has its answer told once the thread is loaded", async () => {
  const { codex, chat, sent, say } = await boundChat();
  const start = Promise.withResolvers<never>();
  codex.answerOnce("turn/start", () => start.promise);
  const begun = codex.called("turn/start", 2);
  await say("Build it.");
  const { params } = await begun;
  clientSource.serve(new CodexLocalError("START_FAILED", "it does not start"));
  const died = new CodexLocalError("CONNECTION_CLOSED", "it died");
  codex.close(died);
  start.reject(died);
  await sent.waitFor((text) => text.startsWith("Codex app-server turn failed: "));
  const next = new ScriptedCodex();
  next.stored.add("thread-1");
  const items = [asked(String(params.clientUserMessageId)), said("Built.")];
  remembers({ id: "turn-2", items })(next);
  clientSource.serve(next);
  await until(() => queuedConversationTurns(chat.sessionFile) === 0);
  await say("Hello?");
  (await next.turn()).reply("Hello again.");
  await sent.waitFor((text) => text === "Hello again.");
  expect(sent.entries.slice(2)).toEqual([
    "Codex finished this after all:\n\nBuilt.",
    "Hello again.",
  ]);
});

test("a turn that ends while the record of its thread is read is told by that alone", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  const turnBegan = vi.fn<ThreadHost["turnBegan"]>();
  onTestFinished(attachThreadHost({ ...nobody, turnBegan }));
  const session = openThreadSession(codex, "thread-1", chat.sessionFile);
  const reservation = session.reserve();
  codex.answer("thread/turns/list", () => {
    new ScriptedTurn(codex, "thread-1", "turn-9", {}).reply("Done.");
    const items = [asked("a message's"), said("Done.")];
    return { data: [{ id: "turn-9", status: "completed", items }], nextCursor: null };
  });
  await catchUp(session, {
    deliver: async () => {},
    hasMessage: async () => true,
    isStopped: () => false,
    goalTurnsMissed: async () => {},
    warn: (text) => expect.unreachable(text),
  });
  reservation.release();
  expect(turnBegan).not.toHaveBeenCalled();
});

test("turns of a goal that begin and end while the record of its thread is read are told, with its end", async () => {
  const { chat, goal, sent, restart } = await boundChat();
  await updateCodexAppServerBinding(chat.sessionFile, { seen: undefined });
  const turns = (codex: ScriptedCodex) =>
    [1, 2].map((number) => {
      const turn = new ScriptedTurn(codex, "thread-1", `goal-turn-${number}`, {});
      turn.show();
      turn.say(`Step ${number}.`, "final_answer");
      goal.change({ status: number === 2 ? "complete" : "active" });
      const told = { threadId: "thread-1", turnId: turn.turnId, goal: goal.value };
      codex.notify({ method: "thread/goal/updated", params: told });
      turn.end();
      return { id: turn.turnId, status: "completed", items: [said(`Step ${number}.`)] };
    });
  const next = await restart((codex) => {
    codex.answerOnce("thread/turns/list", () => {
      // A command sets it while a message has the thread loaded.
      goal.change({ status: "active" });
      const told = { threadId: "thread-1", turnId: null, goal: goal.value };
      codex.notify({ method: "thread/goal/updated", params: told });
      return { data: turns(codex).toReversed(), nextCursor: null };
    });
  });
  await next.say("And then?");
  (await next.codex.turn()).reply("That was it.");
  await sent.waitFor((text) => text === "That was it.");
  expect(sent.entries.slice(1)).toEqual([
    "Step 1.",
    "Step 2.",
    "🎯 Goal reached after 2 turns and 1k tokens.",
    "That was it.",
  ]);
});

test("what was missed is left to the version that takes over while the record is read", async () => {
  const { codex, chat } = await conversation();
  const seen = { threadId: "thread-1", turnId: "goal-turn-1" };
  await chat.bind({ seen });
  let isStopped = false;
  codex.answer("thread/turns/list", () => {
    isStopped = true;
    return { data: [{ id: "goal-turn-2", status: "completed", items: [said("Step 2.")] }] };
  });
  const goalTurnsMissed = vi.fn<CatchUpHost["goalTurnsMissed"]>(async () => {});
  await catchUp(openThreadSession(codex, "thread-1", chat.sessionFile), {
    deliver: async () => {},
    hasMessage: async () => false,
    isStopped: () => isStopped,
    goalTurnsMissed,
    warn: (text) => expect.unreachable(text),
  });
  expect(goalTurnsMissed).not.toHaveBeenCalled();
  expect((await chat.binding())?.seen).toEqual(seen);
});

test("a goal's turn that is the first on its thread is told, too, if it ended while the gateway was down", async () => {
  const { codex, chat } = await conversation();
  await chat.bind({ hasRun: false });
  const { sessionFile } = chat;
  const deliver = vi.fn<CatchUpHost["deliver"]>(async () => {});
  const goals = new GoalRuns({ ...nobodysGoal, deliver });
  await goals.begin(sessionFile, "thread-1", "All tests pass");
  remembers({ id: "goal-turn-1", items: [said("Step 1.")] })(codex);
  codex.answer("thread/goal/get", () => ({ goal: null }));
  const session = openThreadSession(codex, "thread-1", sessionFile);
  await catchUp(session, {
    deliver,
    hasMessage: async () => false,
    isStopped: () => false,
    goalTurnsMissed: (...missed) => goals.turnsMissed(...missed),
    warn: (text) => expect.unreachable(text),
  });
  expect(deliver).toHaveBeenCalledWith(sessionFile, "goal-turn-1", "Step 1.", expect.anything());
});

describe.each([
  ["refused to load its thread", "thread/resume", refuse("something broke inside"), 1],
  ["did not answer whether somebody is signed in", "account/read", neverAnswered, 3],
])("a turn that the next gateway could not look up, since Codex %s", (_why, method, why, times) => {
  /** The chat is told that its message failed, and writes again while the turn stands as given. */
  async function toldAndAsked(turn: (clientId: string) => Turn) {
    const bound = await boundChat();
    await bound.say("Build it.");
    const { clientUserMessageId } = (await bound.codex.turn(2)).params;
    const next = await bound.restart((codex) => {
      Object.assign(codex, { isShared: true });
      remembers(turn(String(clientUserMessageId)))(codex);
      for (let left = times; left > 0; left -= 1) codex.answerOnce(method, why);
    });
    await bound.sent.waitFor((text) => text.startsWith("Codex app-server turn failed: "));
    await next.say("Hello?");
    return { ...bound, next: next.codex };
  }

  test("has its answer told once Codex has finished it", async () => {
    const { chat, sent, next } = await toldAndAsked((clientId) => ({
      id: "turn-2",
      items: [asked(clientId), said("Built.")],
    }));
    (await next.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(sent.entries.slice(2)).toEqual([
      "Codex finished this after all:\n\nBuilt.",
      "Hello again.",
    ]);
    expect((await chat.binding())?.lost).toBeUndefined();
  });

  test("is the chat's own, and not another window's, as long as it runs", async () => {
    const { chat, sent, next } = await toldAndAsked((clientId) => ({
      id: "turn-2",
      status: "inProgress",
      items: [asked(clientId)],
    }));
    await until(() => readCodexConversationActiveTurn(chat.sessionFile)?.turnId === "turn-2");
    const turn = { id: "turn-2", status: "completed", items: [said("Built.")] };
    next.notify({ method: "turn/completed", params: { threadId: "thread-1", turn } });
    (await next.turn()).reply("Hello again.");
    await sent.waitFor((text) => text === "Hello again.");
    expect(sent.entries.slice(2)).toEqual(["Built.", "Hello again."]);
  });
});
