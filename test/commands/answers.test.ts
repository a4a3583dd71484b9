/** `/codexchat approve`, `deny`, `answer` and `show`. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { trackCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import {
  answerQuestion,
  findQuestion,
  openQuestion,
  showWholeQuestion,
  type AskedQuestion,
} from "../../src/questions/board.js";
import type { ReplyAddress } from "../../src/chat/delivery.js";
import { boundCommands } from "../support/conversation/commands.js";
import { settled, until } from "../support/conversation/settled.js";
import {
  commandQuestion,
  inputInquiry,
  opened,
  optionsOf,
  optionsQuestion,
  ruleQuestion,
} from "../support/conversation/questions.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const RUNS = "Codex wants to run a command: npm publish";
const SETTLED = (outcome: string): string => `➡️ ${outcome}`;

/** A chat with a running turn, in which a person types. */
async function typing() {
  const { codex, chat, host, say } = await boundCommands();
  const { sessionFile } = chat;
  onTestFinished(
    trackCodexConversationActiveTurn({ sessionFile, threadId: "thread-1", turnId: "turn-1" }),
  );
  return {
    codex,
    host,
    sessionFile,
    say,
    approve: (...args: string[]) => say(["approve", ...args].join(" ")),
    deny: (...args: string[]) => say(["deny", ...args].join(" ")),
  };
}

/** A question with a rule, where the gateway has these owners. */
async function withOwners(...owners: unknown[]) {
  const all = await typing();
  all.host.sections = { commands: { ownerAllowFrom: owners } };
  const approveRule = (id = ""): Promise<string> =>
    all.say(`approve ${id} rule`, { senderId: "7" });
  const asked = opened(all.sessionFile, ruleQuestion(["npm", "publish"]));
  return { ...all, approveRule, asked };
}

describe("approve", () => {
  test.each([
    { args: [], outcome: "Allowed once.", decision: "accept" },
    { args: ["once"], outcome: "Allowed once.", decision: "accept" },
    { args: ["always"], outcome: "Allowed for this thread.", decision: "acceptForSession" },
    { args: ["ALWAYS"], outcome: "Allowed for this thread.", decision: "acceptForSession" },
  ])("answers the only question, and the one that is named: $args", async (row) => {
    const { sessionFile, approve } = await typing();
    const only = opened(sessionFile);
    expect(await approve(...row.args)).toBe(SETTLED(row.outcome));
    expect(await only.ended).toMatchObject({ choice: { result: { decision: row.decision } } });

    const [named, other] = [opened(sessionFile), opened(sessionFile)];
    expect(await approve(named.id, ...row.args)).toBe(SETTLED(row.outcome));
    expect(await named.ended).toMatchObject({ choice: { result: { decision: row.decision } } });
    expect(findQuestion(other.id)).toBeDefined();
  });

  describe("a rule that Codex would keep", () => {
    test.each(["telegram:7", "7", 7, "Telegram:7"])("is an owner's to allow: %s", async (owner) => {
      const { approveRule, asked } = await withOwners("telegram:8", owner);
      asked.leaveToOperator(true);
      expect(await approveRule()).toBe(
        SETTLED("Allowed for good: commands that begin with npm publish"),
      );
      expect(await asked.ended).toMatchObject({
        choice: {
          result: {
            decision: {
              acceptWithExecpolicyAmendment: { execpolicy_amendment: ["npm", "publish"] },
            },
          },
        },
        answerer: { by: "operator", channel: "telegram", senderId: "7" },
      });
    });

    test.each([[[]], [["*"]], [["telegram:*"]], [["telegram:8"]], [["discord:7"]], [[""]]])(
      "is nobody else's: %j",
      async (owners) => {
        const { approveRule, asked } = await withOwners(...owners);
        expect(await approveRule()).toMatch(/^Only an owner of this gateway /);
        expect(answerQuestion(asked.id, "rule", { by: "click", senderId: "7" })).toEqual({
          kind: "owners only",
        });
        expect(findQuestion(asked.id)).toBeDefined();
      },
    );

    test("is not allowed if Codex offers none", async () => {
      const { approveRule, sessionFile } = await withOwners("telegram:7");
      const other = opened(sessionFile);
      expect(await approveRule(other.id)).toMatch(/^That is not among the answers: /);
      expect(findQuestion(other.id)).toBeDefined();
    });
  });

  test("takes an option by its number", async () => {
    const { sessionFile, approve } = await typing();
    const question = opened(sessionFile, optionsQuestion("Postgres", "SQLite"));
    expect(await approve("2")).toBe("➡️ SQLite");
    expect(await question.ended).toMatchObject({
      choice: { result: "SQLite" },
    });
  });

  test.each([[], ["3"], ["0"], ["always"], ["-1"]])(
    "names the options where none was taken: %o",
    async (...args) => {
      const { sessionFile, approve } = await typing();
      const { id } = opened(sessionFile, optionsQuestion("Postgres", "SQLite"));
      expect(await approve(...args)).toBe(
        "That is not among the answers: Postgres, SQLite, No answer.",
      );
      expect(findQuestion(id)).toBeDefined();
    },
  );

  test("asks which one is meant where several are open, and changes nothing", async () => {
    const { sessionFile, approve } = await typing();
    const [first, second] = [opened(sessionFile), opened(sessionFile)];
    expect(await approve()).toBe(
      [
        "Name the question:",
        `\`/codexchat approve ${first.handle}\`: ${RUNS}`,
        `\`/codexchat approve ${second.handle}\`: ${RUNS}`,
      ].join("\n"),
    );
    expect([findQuestion(first.id), findQuestion(second.id)]).not.toContain(undefined);
  });

  test("says so where nothing is asked", async () => {
    const { approve } = await typing();
    expect(await approve()).toBe("Codex isn't asking anything right now.");
    expect(await approve("always")).toBe("Codex isn't asking anything right now.");
  });

  test("of a question that was answered tells how, and changes nothing", async () => {
    const { sessionFile, approve, deny } = await typing();
    const { id, ended } = opened(sessionFile);
    await deny();
    expect(await approve(id)).toBe("Already answered: Denied.");
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
  });

  test("reaches no question of another chat, open or settled", async () => {
    const { approve } = await typing();
    const theirs = opened("another chat");
    expect(await approve()).toBe("Codex isn't asking anything right now.");
    expect(await approve(theirs.id)).toMatch(/no longer open/);
    expect(findQuestion(theirs.id)).toBeDefined();
  });
});

/** A question that stands on the board and not yet in its chat. */
function unshown(sessionFile: string, chat?: ReplyAddress): AskedQuestion {
  const turn = new AbortController();
  onTestFinished(() => turn.abort());
  return openQuestion(sessionFile, commandQuestion(), {
    timeoutMs: 60_000,
    turn: turn.signal,
    showAll: async () => {},
    chat,
  });
}

describe("a question that is not named", () => {
  test("is answered by its beginning as well as by all of its name", async () => {
    const { sessionFile, approve } = await typing();
    const [first, second] = [opened(sessionFile), opened(sessionFile)];
    expect(await approve(first.handle)).toBe(SETTLED("Allowed once."));
    expect(await approve(second.handle.toUpperCase())).toBe(SETTLED("Allowed once."));
    expect(await approve(second.handle)).toBe("Already answered: Allowed once.");
  });

  describe("and that its channel has still to show", () => {
    test("is not meant", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
      onTestFinished(() => void vi.useRealTimers());
      const { sessionFile, approve, deny } = await typing();
      const { opened: question } = unshown(sessionFile);
      const said = [approve(), deny()];
      await until(() => vi.getTimerCount() === 3);
      await vi.advanceTimersByTimeAsync(1000);
      expect(await Promise.all(said)).toEqual([
        `Name the question:\n\`/codexchat approve ${question.handle}\`: ${RUNS}`,
        `Name the question:\n\`/codexchat deny ${question.handle}\`: ${RUNS}`,
      ]);
      expect(findQuestion(question.id)).toBeDefined();
      expect(await approve(question.handle)).toBe(SETTLED("Allowed once."));
    });

    test("is meant once a press on its button shows that it is there", async () => {
      const { sessionFile, approve } = await typing();
      const { id } = unshown(sessionFile, { channel: "telegram", to: "telegram:7" }).opened;
      const chat = {
        channel: "telegram",
        accountId: "default",
        chatId: "7",
        threadId: undefined,
        to: "telegram:7",
      };
      expect(await showWholeQuestion(id, { chat })).toBe(true);
      expect(await approve()).toBe(SETTLED("Allowed once."));
    });

    test("is meant where only the channel's word is behind the answer", async () => {
      const { sessionFile, approve } = await typing();
      const asked = unshown(sessionFile);
      const said = approve();
      await settled();
      asked.noteShown();
      expect(await said).toBe(SETTLED("Allowed once."));
    });
  });

  test("is none that has just come in the place of another", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { sessionFile, approve } = await typing();
    opened(sessionFile).endTurn();
    const { id } = opened(sessionFile);
    expect(await approve()).toMatch(/^Name the question/);
    expect(findQuestion(id)).toBeDefined();
    vi.advanceTimersByTime(15_000);
    expect(await approve()).toBe(SETTLED("Allowed once."));
  });

  test("is one that follows on what was typed, as the questions of a form do", async () => {
    const { sessionFile, say } = await typing();
    opened(sessionFile, optionsQuestion("Postgres"));
    await say("answer MySQL");
    opened(sessionFile, optionsQuestion("Postgres"));
    expect(await say("answer Oracle")).toBe("➡️ Oracle");
  });

  test.each([
    { who: "whoever types", senderId: "42", said: /^➡️ Allowed once/ },
    { who: "somebody else", senderId: "43", said: /^Name the question/ },
  ])("may follow at once on one that $who has answered by a button: $said", async (row) => {
    const { sessionFile, say } = await typing();
    const { id } = opened(sessionFile);
    answerQuestion(id, "once", { by: "click", senderId: row.senderId });
    opened(sessionFile);
    expect(await say("approve", { senderId: "42" })).toMatch(row.said);
  });

  test("is none of two that were open together, until the chat is shown one alone", async () => {
    const { sessionFile, approve } = await typing();
    const [first] = [opened(sessionFile), opened(sessionFile)];
    await approve(first.handle);
    expect(await approve()).toMatch(/^Name the question/);
  });
});

describe("deny", () => {
  test("refuses, and steers nothing without a reason", async () => {
    const { codex, sessionFile, deny } = await typing();
    const { ended } = opened(sessionFile);
    expect(await deny()).toBe(SETTLED("Denied."));
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
    expect(codex.of("turn/steer")).toEqual([]);
  });

  test.each([{ named: true }, { named: false }])(
    "tells Codex the reason; the question named: $named",
    async ({ named }) => {
      const { codex, sessionFile, deny } = await typing();
      const { id } = opened(sessionFile);
      const reason = ["not", "on", "a", "Friday"];
      expect(await deny(...(named ? [id, ...reason] : reason))).toBe(SETTLED("Denied."));
      expect(codex.only("turn/steer").params).toMatchObject({
        threadId: "thread-1",
        expectedTurnId: "turn-1",
        input: [{ text: "The person declined the last request and says: not on a Friday" }],
      });
    },
  );

  test.each([
    { condition: "was answered before", says: /^Already answered: Allowed once\.$/ },
    { condition: "is another chat's", says: /no longer open/ },
  ])("that comes for a question that $condition steers nothing", async ({ condition, says }) => {
    const { codex, sessionFile, approve, deny } = await typing();
    const answered = condition === "was answered before";
    const { id } = opened(answered ? sessionFile : "another chat");
    if (answered) await approve();
    expect(await deny(id, "not on a Friday")).toMatch(says);
    expect(codex.of("turn/steer")).toEqual([]);
  });

  test.each([
    { condition: "the turn is over", answer: refuse("no active turn to steer") },
    {
      condition: "Codex cannot be reached",
      answer: () => {
        throw new CodexLocalError("REQUEST_TIMEOUT", "no answer");
      },
    },
  ])("counts though $condition, and says that the reason got lost", async ({ answer }) => {
    const { codex, sessionFile, deny } = await typing();
    codex.answer("turn/steer", answer);
    const { ended } = opened(sessionFile);
    expect(await deny("not on a Friday")).toBe(
      `${SETTLED("Denied.")}\nCodex could not be told the reason.`,
    );
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
  });
});

test("a reason reaches Codex before the refusal, which nobody can change meanwhile", async () => {
  const { codex, sessionFile, approve, deny } = await typing();
  const steered = Promise.withResolvers<unknown>();
  codex.answer("turn/steer", () => steered.promise);
  const { id, ended } = opened(sessionFile);
  const outcomes: unknown[] = [];
  void ended.then((end) => outcomes.push(end));
  const said = deny(id, "not on a Friday");
  await codex.called("turn/steer");
  expect(await approve(id)).toMatch(/Already answered: Denied\./);
  await settled();
  expect(outcomes).toEqual([]);
  steered.resolve({ turnId: "turn-1" });
  expect(await said).toBe(SETTLED("Denied."));
  expect(await ended).toMatchObject({ choice: { id: "deny" } });
});

test("a reason that Codex does not take in time holds the refusal up no longer", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { codex, sessionFile, deny } = await typing();
  codex.answer("turn/steer", () => new Promise(() => {}));
  const { id, ended } = opened(sessionFile);
  const said = deny(id, "not on a Friday");
  await codex.called("turn/steer");
  await vi.advanceTimersByTimeAsync(5000);
  expect(await said).toBe(`${SETTLED("Denied.")}\nCodex could not be told the reason.`);
  expect(await ended).toMatchObject({ choice: { id: "deny" } });
});

describe("answer", () => {
  test("gives Codex the person's own words", async () => {
    const { sessionFile, say } = await typing();
    const inquiry = inputInquiry({ id: "q1", question: "What is it called?", options: null });
    const { id, ended } = opened(sessionFile, inquiry.questions[0]);
    const text = `const name = "Blue  Moon";\n  return 'it';`;
    await say(`answer ${id}  ${text}`);
    expect(await ended).toMatchObject({ choice: { result: text } });
  });

  test.each(["answer", "deny", "approve"])(
    "to a question that has ended does not become that of another: %s",
    async (verb) => {
      const { sessionFile, say } = await typing();
      const [ended, open] = [opened(sessionFile), opened(sessionFile)];
      ended.endTurn();
      expect(await say(`${verb} ${ended.id} drop the table`)).toMatch(/no longer open/);
      expect(findQuestion(open.id)).toBeDefined();
    },
  );

  test("that is a number or a day is not taken for the name of a question", async () => {
    const { sessionFile, say } = await typing();
    const inquiry = inputInquiry({ id: "q1", question: "Which day?", options: null });
    const { ended } = opened(sessionFile, inquiry.questions[0]);
    expect(await say("answer 20260501 or so")).toBe("➡️ 20260501 or so");
    expect(await ended).toMatchObject({ choice: { result: "20260501 or so" } });
  });

  test("may be another than the options where Codex takes one", async () => {
    const { sessionFile, say } = await typing();
    const options = optionsOf(["Postgres"]);
    const inquiry = inputInquiry({ id: "q1", question: "Which one?", isOther: true, options });
    const { ended } = opened(sessionFile, inquiry.questions[0]);
    await say("answer MySQL");
    expect(await ended).toMatchObject({ choice: { result: "MySQL" } });
  });

  test("is not taken where only the choices count", async () => {
    const { sessionFile, say } = await typing();
    const { id } = opened(sessionFile);
    expect(await say("answer MySQL")).toBe(
      "That is not among the answers: Allow once, Always for this thread, Deny.",
    );
    expect(findQuestion(id)).toBeDefined();
  });

  test("needs a text", async () => {
    const { sessionFile, say } = await typing();
    const { id } = opened(sessionFile, optionsQuestion("Postgres"));
    expect(await say("answer")).toMatch(/Usage: `\/codexchat answer/);
    expect(await say(`answer ${id}`)).toMatch(/Usage: `\/codexchat answer/);
  });
});

describe("show", () => {
  test("shows all of a question that was cut, in the chat that it was asked in only", async () => {
    const { sessionFile, say } = await typing();
    const long = `echo ${"x".repeat(3000)}`;
    const { id } = opened(sessionFile, commandQuestion(long));
    expect(await say(`show ${id}`)).toContain(long);
    expect(await say("show")).toContain(long);
    const theirs = opened("another chat", commandQuestion(long));
    expect(await say(`show ${theirs.id}`)).toMatch(/no longer open/);
  });
});
