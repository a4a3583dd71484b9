/** Asking the person on behalf of a turn, and what Codex is told then. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { ChatNote } from "../../src/chat/note.js";
import type { AuditEntry } from "../../src/host/audit.js";
import { askPerson, type AskingOptions } from "../../src/questions/asking.js";
import {
  answerInWords,
  answerQuestion,
  CHANGED,
  ELSEWHERE,
  openQuestions,
  showWholeQuestion,
  type OpenQuestion,
} from "../../src/questions/board.js";
import type { CodexInquiry, UnaskableInquiry } from "../../src/questions/question.js";
import {
  commandInquiry,
  inputInquiry,
  optionsInquiry,
  optionsOf,
  ruleInquiry,
} from "../support/conversation/questions.js";
import { settled } from "../support/conversation/settled.js";

const TIMEOUT_MS = 60_000;
let hours = 0;
const CHAT = { channel: "telegram", to: "telegram:7", accountId: "default" };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  // How much was asked in the last minutes is remembered.
  await vi.advanceTimersByTimeAsync((hours += 1) * 3_600_000);
  return () => void vi.useRealTimers();
});

type Options = AskingOptions;

/** A person who is asked this, with what reached the chat. */
function asking(
  inquiry: CodexInquiry | UnaskableInquiry = commandInquiry(),
  { session = "a", ...more }: Partial<Options> & { session?: string } = {},
) {
  const turn = new AbortController();
  onTestFinished(() => turn.abort());
  const questions: { question: OpenQuestion; text: string; textWithoutButtons: string }[] = [];
  const edits: string[] = [];
  const notes: string[] = [];
  const warnings: string[] = [];
  const files: { name: string; text: string }[] = [];
  const audited: AuditEntry[] = [];
  const told = askPerson(session, inquiry, {
    chat: CHAT,
    over: turn.signal,
    timeoutMs: TIMEOUT_MS,
    askOperator: async () => undefined,
    sendQuestion: async (question, text, textWithoutButtons) => {
      questions.push({ question, text, textWithoutButtons });
      return {
        edit: async (edited) => {
          edits.push(edited);
          return true;
        },
      };
    },
    send: async (text) => void notes.push(text),
    sendFile: async (name, text) => void files.push({ name, text }),
    audit: (entry) => void audited.push(entry),
    warn: (text) => void warnings.push(text),
    ...more,
  });
  const [open] = openQuestions(session);
  return {
    told,
    id: open?.id ?? "",
    handle: open?.handle ?? "",
    questions,
    edits,
    notes,
    warnings,
    files,
    audited,
    turn,
  };
}

const ASKED = "❓ Codex wants to run a command:\n```\nnpm publish\n```\nFolder: /repo";

test("the question is sent for buttons, or with its id, and the answer is what Codex is told", async () => {
  const { told, id, handle, questions, edits, notes, warnings } = asking();
  await settled();
  expect(questions).toMatchObject([{ question: { id, sessionFile: "a" } }]);
  expect(questions[0]?.text).toBe(ASKED);
  expect(questions[0]?.textWithoutButtons).toBe(
    `${ASKED}\nBy typing: \`/codexchat approve ${handle} [always]\`, \`/codexchat deny ${handle} [REASON]\``,
  );
  answerQuestion(id, "always", { by: "click" });
  expect(await told).toEqual({ decision: "acceptForSession" });
  await settled();
  expect(edits).toEqual([`${ASKED}\n➡️ Allowed for this thread.`]);
  expect([notes, warnings]).toEqual([[], []]);
});

test("a question with options lists them by number", async () => {
  const { handle, questions } = asking(optionsInquiry("Postgres", "SQLite"));
  await settled();
  expect(questions[0]?.textWithoutButtons).toBe(
    [
      "❓ Which one?",
      "1. Postgres",
      "2. SQLite",
      `By typing: \`/codexchat approve ${handle} NUMBER\`, \`/codexchat answer ${handle} YOUR ANSWER\`, \`/codexchat deny ${handle}\``,
    ].join("\n"),
  );
});

test("an answer counts while the question is still on its way", async () => {
  const { told, id } = asking(commandInquiry(), { sendQuestion: () => new Promise(() => {}) });
  await settled();
  answerQuestion(id, "once", { by: "click" });
  expect(await told).toEqual({ decision: "accept" });
});

describe("an outcome that the channel cannot show in the question", () => {
  const unchangeable = { sendQuestion: async () => ({ edit: async () => false }) };

  test("is told to whoever clicked", async () => {
    const { told, id, notes } = asking(commandInquiry(), unchangeable);
    await settled();
    answerQuestion(id, "once", { by: "click" });
    await told;
    await settled();
    expect(notes).toEqual([`${ASKED}\n➡️ Allowed once.`]);
  });

  test("is not told twice to whoever typed", async () => {
    const { told, id, notes } = asking(commandInquiry(), unchangeable);
    await settled();
    answerQuestion(id, "once", { by: "command" });
    await told;
    await settled();
    expect(notes).toEqual([]);
  });
});

const threeAtOnce = (): CodexInquiry =>
  inputInquiry(
    { id: "q1", question: "Which one?", isOther: true, options: optionsOf(["Postgres", "SQLite"]) },
    { id: "q2", question: "What is it called?", options: null },
    { id: "q3", question: "Sure?", isOther: true, options: optionsOf(["Yes"]) },
  );

/** The id of the question that is open, once it is. */
async function nextOpen(): Promise<string> {
  await settled();
  return openQuestions("a")[0]?.id ?? "";
}

describe("several questions at once", () => {
  test("are asked one after another, and answered together", async () => {
    const { told, questions } = asking(threeAtOnce());
    answerQuestion(await nextOpen(), "option-1", { by: "click" });
    answerInWords(await nextOpen(), "Blue Moon", { by: "command" }, { sessionFile: "a" });
    answerQuestion(await nextOpen(), "deny", { by: "click" });
    expect(await told).toEqual({
      answers: { q1: { answers: ["SQLite"] }, q2: { answers: ["Blue Moon"] } },
    });
    expect(questions.map(({ text }) => text.split("\n", 1)[0])).toEqual([
      "❓ 1 of 3: Which one?",
      "❓ 2 of 3: What is it called?",
      "❓ 3 of 3: Sure?",
    ]);
  });

  test("end with the first that nobody answers", async () => {
    const { told, id, questions } = asking(threeAtOnce());
    await settled();
    answerQuestion(id, "option-0", { by: "click" });
    await settled();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await told).toEqual({ answers: { q1: { answers: ["Postgres"] } } });
    expect(questions).toHaveLength(2);
  });
});

test("what no chat can show is declined in words", async () => {
  const { told, questions, notes } = asking({
    title: "Your password?",
    reason: "Secrets must not pass through a chat.",
    answer: { answers: {} },
  });
  expect(await told).toEqual({ answers: {} });
  expect(questions).toEqual([]);
  expect(notes).toEqual([
    "Codex asked something that cannot be answered in a chat, so it was declined: Your password?\nSecrets must not pass through a chat.",
  ]);
});

test("what no chat can show is declined at once, however long its chat cannot be reached", async () => {
  const { told } = asking(
    { title: "Your password?", reason: "A secret.", answer: { answers: {} } },
    { send: () => new Promise(() => {}) },
  );
  expect(await told).toEqual({ answers: {} });
});

describe("nobody's answer", () => {
  test("is a refusal once the time is up, the question shows it, and the chat is told", async () => {
    const { told, notes, edits } = asking();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await told).toEqual({ decision: "decline" });
    expect(notes).toEqual([
      "Codex wants to run a command: nobody answered for 1 minute, so it was denied.",
    ]);
    expect(edits).toEqual([`${ASKED}\n➡️ Denied, since nobody answered in time.`]);
  });

  test("is told after the question, however late that arrives; Codex does not wait for it", async () => {
    const arrival = Promise.withResolvers<ChatNote>();
    const { told, notes } = asking(commandInquiry(), { sendQuestion: () => arrival.promise });
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await told).toEqual({ decision: "decline" });
    expect(notes).toEqual([]);
    arrival.resolve({ edit: async () => true });
    await settled();
    expect(notes).toHaveLength(1);
  });

  test("comes sooner if Codex itself does not wait that long", async () => {
    const { told, notes } = asking({ ...optionsInquiry("Postgres"), patienceMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await told).toEqual({ answers: {} });
    expect(notes).toEqual([
      "Which one?: nobody answered for 1 second, so Codex continues without an answer.",
    ]);
  });
});

describe("a chat that cannot be reached", () => {
  test("is tried again, and the question can be answered meanwhile", async () => {
    let attempts = 0;
    const { told, id, warnings } = asking(commandInquiry(), {
      sendQuestion: async () => {
        attempts += 1;
        throw new Error("chat not found");
      },
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(attempts).toBe(2);
    expect(warnings).toEqual([expect.stringContaining("chat not found")]);
    answerQuestion(id, "once", { by: "command" });
    expect(await told).toEqual({ decision: "accept" });
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(attempts).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gets all of a question when it is back, and whoever asked for that does not wait", async () => {
    const sent: string[] = [];
    let down = true;
    const { id } = asking(commandInquiry("x".repeat(1200)), {
      send: async (text) => {
        if (down) throw new Error("down");
        sent.push(text);
      },
    });
    await settled();
    expect(await showWholeQuestion(id, {})).toBe(true);
    down = false;
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toEqual([expect.stringContaining("x".repeat(1200))]);
    answerQuestion(id, "deny", { by: "click" });
  });

  test("is asked as soon as it is back, within the question's own time", async () => {
    let down = true;
    const { told, id } = asking(commandInquiry(), {
      timeoutMs: 3_600_000,
      sendQuestion: async () => {
        if (down) throw new Error("down");
        return { edit: async () => true };
      },
    });
    await vi.advanceTimersByTimeAsync(600_000);
    down = false;
    await vi.advanceTimersByTimeAsync(30_000);
    answerQuestion(id, "once", { by: "click" });
    expect(await told).toEqual({ decision: "accept" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is told of the question that timed out meanwhile", async () => {
    const { told, notes } = asking(commandInquiry(), {
      timeoutMs: 60_000,
      sendQuestion: () => Promise.reject(new Error("down")),
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await told).toEqual({ decision: "decline" });
    await settled();
    expect(notes).toEqual([expect.stringMatching(/nobody answered for 1 minute/)]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("because it does not take the question is told, and Codex need not wait", async () => {
    const { told, notes } = asking(commandInquiry(), {
      sendQuestion: () =>
        Promise.reject(
          Object.assign(new Error("Call failed!"), {
            error_code: 400,
            description: "Bad Request: BUTTON_DATA_INVALID",
          }),
        ),
    });
    expect(await told).toEqual({ decision: "decline" });
    await settled();
    expect(notes).toEqual([expect.stringMatching(/could not be shown here \(BUTTON/)]);
  });
});

describe("a turn that is over", () => {
  test("takes its question along, which says so", async () => {
    const { told, turn, notes, edits } = asking();
    await settled();
    turn.abort();
    expect(await told).toEqual({ decision: "decline" });
    await settled();
    expect(notes).toEqual([]);
    expect(edits).toEqual([`${ASKED}\n➡️ Not answered: its turn has ended.`]);
    expect(openQuestions("a")).toEqual([]);
  });

  test("asks nothing any more", async () => {
    const sent: string[] = [];
    const told = await askPerson("a", commandInquiry(), {
      over: AbortSignal.abort(),
      chat: CHAT,
      timeoutMs: TIMEOUT_MS,
      askOperator: () => Promise.reject(new Error("asked")),
      sendQuestion: () => Promise.reject(new Error("asked")),
      send: async (text) => void sent.push(text),
      sendFile: async (name) => void sent.push(name),
      audit: ({ outcome }) => void sent.push(outcome),
      warn: (text) => void sent.push(text),
    });
    expect(told).toEqual({ decision: "decline" });
    expect(sent).toEqual([]);
  });
});

/** OpenClaw, which asks its owners, and their decision. */
function operator() {
  const decision = Promise.withResolvers<"once" | "always" | "rule" | "deny" | undefined>();
  const withdrawn: string[] = [];
  const askOperator: Options["askOperator"] = async () => ({
    decided: decision.promise,
    withdraw: async (choice) => void withdrawn.push(choice),
  });
  return { decision, withdrawn, askOperator };
}

describe("where OpenClaw has owners to ask", () => {
  test("they decide, and nothing of ours is sent", async () => {
    const { decision, withdrawn, askOperator } = operator();
    const { told, questions, notes, id } = asking(commandInquiry(), { askOperator });
    await settled();
    expect(answerQuestion(id, "once", { by: "command" })).toEqual({ kind: "operator decides" });
    decision.resolve("always");
    expect(await told).toEqual({ decision: "acceptForSession" });
    expect([questions, notes, withdrawn]).toEqual([[], [], []]);
  });

  test.each([
    { end: "the turn is over", by: (turn: AbortController) => turn.abort() },
    { end: "the time is up", by: () => void vi.advanceTimersByTime(TIMEOUT_MS) },
  ])("their message is withdrawn when $end", async ({ by }) => {
    const { withdrawn, askOperator } = operator();
    const { told, turn } = asking(commandInquiry(), { askOperator });
    await settled();
    by(turn);
    expect(await told).toEqual({ decision: "decline" });
    await settled();
    expect(withdrawn).toEqual(["deny"]);
  });

  test("nobody says yes in their place before it is known that there are any", async () => {
    const known = Promise.withResolvers<undefined>();
    const { told, id, questions } = asking(commandInquiry(), { askOperator: () => known.promise });
    expect(answerQuestion(id, "once", { by: "command" })).toEqual({ kind: "operator decides" });
    known.resolve(undefined);
    await settled();
    expect(questions).toHaveLength(1);
    answerQuestion(id, "once", { by: "click" });
    expect(await told).toEqual({ decision: "accept" });
  });

  test("a rule that Codex would keep is theirs, and no button of the chat's", async () => {
    const { decision, askOperator } = operator();
    const owners = asking(ruleInquiry(["npm"]), { askOperator });
    await settled();
    decision.resolve("rule");
    expect(await owners.told).toEqual({
      decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["npm"] } },
    });
    const chats = asking(ruleInquiry(["npm"]));
    await settled();
    expect(chats.questions[0]?.text).not.toMatch(/begin with/);
    answerQuestion(chats.id, "deny", { by: "click" });
    await chats.told;
  });

  test("a refusal from the chat ends their message too", async () => {
    const { withdrawn, askOperator } = operator();
    const { told, id } = asking(commandInquiry(), { askOperator });
    await settled();
    answerQuestion(id, "deny", { by: "command" });
    expect(await told).toEqual({ decision: "decline" });
    await settled();
    expect(withdrawn).toEqual(["deny"]);
  });

  test("they are asked once more where they did not answer in OpenClaw's time, and nobody else", async () => {
    const spans: number[] = [];
    const decisions = [Promise.resolve(undefined), Promise.withResolvers<"once">()] as const;
    const { told, id, questions } = asking(commandInquiry(), {
      timeoutMs: 900_000,
      askOperator: async (_question, { timeoutMs }) => {
        spans.push(timeoutMs);
        if (spans.length > 1) return { decided: decisions[1].promise, withdraw: async () => {} };
        await new Promise((resolve) => void setTimeout(resolve, 600_000));
        return { decided: decisions[0], withdraw: async () => {} };
      },
    });
    await vi.advanceTimersByTimeAsync(600_000);
    await settled();
    expect(spans).toEqual([900_000, 300_000]);
    expect(answerQuestion(id, "once", { by: "click" })).toEqual({ kind: "operator decides" });
    decisions[1].resolve("once");
    expect(await told).toEqual({ decision: "accept" });
    expect(questions).toEqual([]);
  });

  test("that OpenClaw gives up at once each time, they are not asked for ever", async () => {
    let asks = 0;
    const { told } = asking(commandInquiry(), {
      askOperator: async () => {
        asks += 1;
        return { decided: Promise.resolve(undefined), withdraw: async () => {} };
      },
    });
    await settled();
    expect(asks).toBe(2);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await told).toEqual({ decision: "decline" });
    expect(asks).toBe(2);
  });

  test("where OpenClaw fails for good nobody says yes in their place, and the chat hears of it", async () => {
    const { told, id, questions, notes, warnings } = asking(commandInquiry(), {
      askOperator: () => Promise.reject(new Error("gateway closed")),
    });
    await settled();
    expect(answerQuestion(id, "once", { by: "click" })).toEqual({ kind: "operator decides" });
    await vi.advanceTimersByTimeAsync(45_000);
    expect(await told).toEqual({ decision: "decline" });
    expect(questions).toEqual([]);
    expect(notes).toEqual([
      "Codex wants to run a command: OpenClaw could not ask the gateway's owners, so it was denied. The gateway's log says why.",
    ]);
    expect(warnings).toContainEqual(expect.stringContaining("gateway closed"));
  });

  test("their yes counts where it says more than Codex offers", async () => {
    const { decision, askOperator } = operator();
    const inquiry = commandInquiry();
    const [question] = inquiry.questions;
    if (!question) throw new Error("nothing is asked");
    const choices = question.choices.filter(({ id }) => id === "once");
    const { told } = asking({ ...inquiry, questions: [{ ...question, choices }] }, { askOperator });
    await settled();
    decision.resolve("always");
    expect(await told).toEqual({ decision: "accept" });
  });

  test("a question that has ended while OpenClaw failed is not sent any more", async () => {
    const failure = Promise.withResolvers<never>();
    const { told, turn, questions, notes } = asking(commandInquiry(), {
      askOperator: () => failure.promise,
    });
    await settled();
    turn.abort();
    failure.reject(new Error("gateway closed"));
    expect(await told).toEqual({ decision: "decline" });
    await settled();
    expect([questions, notes]).toEqual([[], []]);
  });

  test("what is no leave to do something is asked in the chat", async () => {
    const { questions } = asking(optionsInquiry("Postgres"), {
      askOperator: () => Promise.reject(new Error("asked")),
    });
    await settled();
    expect(questions).toHaveLength(1);
  });
});

/** An inquiry of Codex's that no chat reads in a glance. */
const longInquiry = (length: number): CodexInquiry => commandInquiry(`echo ${"x".repeat(length)}`);

describe("what is too long to be shown at once", () => {
  test("is allowed once at most, since nobody has seen all that would be allowed from then on", async () => {
    const { told, id, questions } = asking(longInquiry(1200));
    await settled();
    expect(questions[0]?.textWithoutButtons).toMatch(
      /`\/codexchat approve \S+`, `\/codexchat deny/,
    );
    expect(answerQuestion(id, "always", { by: "click" })).toMatchObject({ kind: "no such choice" });
    answerQuestion(id, "once", { by: "click" });
    expect(await told).toEqual({ decision: "accept" });
  });

  test("comes as a file before the question, where messages would not do", async () => {
    const sending = Promise.withResolvers<void>();
    const files: string[] = [];
    const { told, id, questions } = asking(longInquiry(30_000), {
      sendFile: async (name, text) => {
        files.push(`${name}: ${text.length}`);
        await sending.promise;
      },
    });
    await settled();
    expect(files).toEqual([expect.stringMatching(/^codex-question\.txt: 30\d{3}$/)]);
    expect(questions).toEqual([]);
    sending.resolve();
    await settled();
    expect(questions).toHaveLength(1);
    expect(await showWholeQuestion(id, {})).toBe(true);
    await settled();
    expect(files).toHaveLength(2);
    answerQuestion(id, "once", { by: "click" });
    expect(await told).toEqual({ decision: "accept" });
  });

  test("is declined where its chat takes no files, and so are owners not asked", async () => {
    let asks = 0;
    const { told, questions, notes } = asking(longInquiry(30_000), {
      sendFile: () => Promise.reject(new Error("takes no files")),
      askOperator: async () => void (asks += 1),
    });
    expect(await told).toEqual({ decision: "decline" });
    await settled();
    expect([questions, asks]).toEqual([[], 0]);
    expect(notes).toEqual([expect.stringMatching(/too long for messages/)]);
  });

  test("is declined where nobody could read it", async () => {
    const { told, questions, notes } = asking(longInquiry(3_000_000));
    expect(await told).toEqual({ decision: "decline" });
    expect(questions).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/too long to show/)]);
  });
});

const form = (): CodexInquiry =>
  inputInquiry({
    id: "q1",
    question: "Which one?",
    isOther: false,
    options: optionsOf(["a", "b"]),
  });

describe("a form of which nobody can tell what its answers do", () => {
  test("is the chat's where there are no owners, without a word", async () => {
    const { told, questions, audited } = asking(form());
    const id = await nextOpen();
    expect(questions.map(({ text }) => text.split("\n", 1)[0])).toEqual(["❓ Which one?"]);
    answerQuestion(id, "option-1", { by: "click" });
    expect(await told).toEqual({ answers: { q1: { answers: ["b"] } } });
    expect(audited.map(({ outcome }) => outcome)).toEqual(["b"]);
  });

  test("is shown to the owners first, and asked in the chat once they allow it", async () => {
    const { decision, askOperator } = operator();
    const { told, id, questions } = asking(form(), { askOperator });
    await settled();
    expect(answerQuestion(id, "once", { by: "click" })).toEqual({ kind: "operator decides" });
    expect(questions).toEqual([]);
    decision.resolve("once");
    answerQuestion(await nextOpen(), "option-0", { by: "click" });
    expect(await told).toEqual({ answers: { q1: { answers: ["a"] } } });
  });

  test("is not asked where they deny it", async () => {
    const { decision, askOperator } = operator();
    const { told, questions } = asking(form(), { askOperator });
    await settled();
    decision.resolve("deny");
    expect(await told).toEqual({ answers: {} });
    expect(questions).toEqual([]);
  });
});

test("a sub-agent's question says whose it is", async () => {
  const { questions } = asking(commandInquiry(), { agent: "fixer" });
  await settled();
  expect(questions[0]?.text).toMatch(/^❓ Sub-agent fixer wants to run a command:\n/);
});

describe("what became of a question", () => {
  test("is noted with whoever answered, and all of what they answered", async () => {
    const { id, audited } = asking(commandInquiry("echo a\u202E"));
    await settled();
    answerQuestion(id, "once", { by: "click", channel: "telegram", senderId: "42" });
    await settled();
    expect(audited).toEqual([
      {
        event: "decision",
        session: "a",
        by: "click",
        channel: "telegram",
        accountId: "default",
        senderId: "42",
        chat: "telegram:7",
        outcome: "Allowed once.",
        text: "Codex wants to run a command:\nFolder: /repo\n\necho a\\u{202e}",
      },
    ]);
  });

  test.each([
    { how: "the turn is over", reason: undefined, outcome: "Not answered: its turn has ended." },
    {
      how: "it was answered elsewhere",
      reason: ELSEWHERE,
      outcome: "Answered elsewhere, or withdrawn by Codex.",
    },
    {
      how: "Codex has changed it",
      reason: CHANGED,
      outcome: "Not answered: Codex has changed it and asks again.",
    },
  ])("is noted and shown where $how", async ({ reason, outcome }) => {
    const { turn, audited, edits } = asking();
    await settled();
    turn.abort(reason);
    await settled();
    expect(audited).toMatchObject([{ by: "nobody", outcome }]);
    expect(edits).toEqual([`${ASKED}\n➡️ ${outcome}`]);
  });

  test("is noted where owners decided it", async () => {
    const { decision, askOperator } = operator();
    const { audited } = asking(commandInquiry(), { askOperator });
    decision.resolve("always");
    await settled();
    expect(audited).toMatchObject([{ by: "operator", outcome: "Allowed for this thread." }]);
  });
});

describe("a server that asks without end", () => {
  test("has twenty questions open, is declined the rest, and the chat hears of that once", async () => {
    const all = Array.from({ length: 1000 }, () => asking(commandInquiry()));
    await settled();
    expect(openQuestions("a")).toHaveLength(20);
    expect(all.flatMap(({ questions }) => questions)).toHaveLength(20);
    const notes = all.flatMap((one) => one.notes);
    expect(notes).toEqual([expect.stringMatching(/Codex is asking too much/)]);
    const declined = await Promise.all(all.slice(20).map(({ told }) => told));
    expect(new Set(declined.map((told) => JSON.stringify(told)))).toEqual(
      new Set(['{"decision":"decline"}']),
    );
    expect(all.flatMap(({ audited }) => audited)).toHaveLength(1);
    for (const { turn } of all) turn.abort();
  });

  test("in many chats at once has two hundred questions open, and each chat hears of that once", async () => {
    const sessions = Array.from({ length: 15 }, (_, index) => `chat-${index}`);
    const all = sessions.flatMap((session) =>
      Array.from({ length: 18 }, () => ({ session, ...asking(commandInquiry(), { session }) })),
    );
    await settled();
    expect(sessions.flatMap((session) => openQuestions(session))).toHaveLength(200);
    const notes = all.flatMap(({ session, notes: [note] }) => (note ? [{ session, note }] : []));
    expect(notes.map(({ session }) => session)).toEqual(sessions.slice(-4));
    expect(notes[0]?.note).toMatch(/^Codex could not ask here: 200 questions are already open/);
    all[0]?.turn.abort();
    await settled();
    const next = asking(commandInquiry(), { session: "chat-14" });
    await settled();
    expect(next.questions).toHaveLength(1);
    for (const { turn } of all) turn.abort();
  });

  test("and takes each back itself is declined after some, until a while has passed", async () => {
    const shown: number[] = [];
    const askAndTakeBack = async (): Promise<void> => {
      const { questions, turn } = asking(commandInquiry());
      await settled();
      shown.push(questions.length);
      turn.abort(ELSEWHERE);
      await settled();
    };
    for (let count = 0; count < 40; count += 1) {
      // One after another.
      // oxlint-disable-next-line no-await-in-loop
      await askAndTakeBack();
    }
    expect(shown.filter((count) => count === 1)).toHaveLength(30);
    await vi.advanceTimersByTimeAsync(600_000);
    await askAndTakeBack();
    expect(shown.at(-1)).toBe(1);
  });

  test("of what no chat can show has some told", async () => {
    const secret = { title: "Your password?", reason: "A secret.", answer: { answers: {} } };
    const all = Array.from({ length: 1000 }, () => asking(secret));
    await settled();
    expect(all.flatMap(({ notes }) => notes)).toHaveLength(5);
    expect(all.flatMap(({ audited }) => audited)).toHaveLength(5);
  });
});
