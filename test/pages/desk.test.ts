import { readFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { auditFile } from "../../src/host/audit.js";
import { trackCodexConversationActiveTurn } from "../../src/messages/control.js";
import { holdLine, releaseLine } from "../../src/messages/line-hold.js";
import { openQuestions } from "../../src/questions/board.js";
import { cardWords } from "../../src/words/card-words.js";
import { deskWords } from "../../src/words/desk-words.js";
import { turnWords } from "../../src/words/turn-words.js";
import { readCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { hostBindings } from "../support/conversation/host-bindings.js";
import { messagesOn } from "../support/conversation/messages.js";
import { operator } from "../support/conversation/operator.js";
import { operatorGateway } from "../support/conversation/operator-gateway.js";
import { refuse } from "../support/conversation/scripted-codex.js";
import { opened } from "../support/conversation/questions.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);
vi.mock(
  "openclaw/plugin-sdk/gateway-runtime",
  () => import("../support/conversation/operator-gateway.js"),
);

const ONE = "telegram-1aaaaaaaaaaaaaaaaaaaaaaa";
const PLACE = { channel: "telegram", accountId: "default", conversationId: "5001" };
const WRITE = ["operator.write"];

/** A gateway with a bound chat, whose page is open. */
async function desk() {
  const all = await operator();
  const sessionFile = await all.bind(ONE, "5001", { threadId: "thread-1" });
  const data = { kind: "codex-app-server-session", version: 1, sessionFile, workspaceDir: "/" };
  hostBindings.hold(data, "/plugin", { place: PLACE });
  operatorGateway.run(all.host);
  const act = (command: string, text = "", more: object = {}) => {
    const shown = { threadId: "thread-1", ...more };
    return operatorGateway.call("codexchat.act", { chat: ONE, command, text, shown }, WRITE);
  };
  const log = async (): Promise<unknown[]> =>
    (await readFile(auditFile(all.host.stateDir), "utf8"))
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  const detach = (shown: object, chat = ONE) =>
    operatorGateway.call("codexchat.detach", { chat, shown }, WRITE);
  /** A turn runs on its thread from now on. */
  const turnBegins = (turnId: string): void =>
    onTestFinished(trackCodexConversationActiveTurn({ sessionFile, threadId: "thread-1", turnId }));
  return { ...all, sessionFile, act, detach, log, turnBegins };
}

describe("a thread's page", () => {
  test("is shown with the right to read, and acts only with the right to write", async () => {
    await desk();
    const scopes = ["thread", "act", "say", "detach"].map((name) =>
      operatorGateway.scopeOf(`codexchat.${name}`),
    );
    expect(scopes).toEqual(["operator.read", ...Array(3).fill("operator.write")]);
  });

  test("shows the turns that Codex has of it, what is asked and the whole of what a yes grants", async () => {
    const { codex, sessionFile } = await desk();
    const { handle } = opened(sessionFile);
    codex.answer("thread/turns/list", () => ({
      data: [
        { id: "turn-2", status: "inProgress", items: [] },
        { id: "turn-1", status: "completed", items: [{ type: "plan", id: "p", text: "Do" }] },
      ],
      nextCursor: "before turn-1",
    }));

    const shown = await operatorGateway.call("codexchat.thread", { chat: ONE }, ["operator.read"]);

    expect(shown).toMatchObject({
      found: "one",
      chat: { session: ONE, state: "asks" },
      turns: [{ id: "turn-1", items: [{ kind: "plan" }] }, { id: "turn-2" }],
      earlier: "before turn-1",
      questions: [
        { handle, choices: expect.arrayContaining([{ typed: `deny ${handle}`, label: "Deny" }]) },
      ],
    });
  });

  test("answers a question as a command of the chat does, once, and it is noted who did", async () => {
    const { act, sessionFile, log } = await desk();
    const asked = opened(sessionFile);

    expect(await act("deny", asked.handle)).toMatchObject({ found: "one", isDone: true });
    expect(await asked.ended).toMatchObject({
      by: "choice",
      choice: { id: "deny" },
      answerer: { by: "command", channel: "telegram", senderId: "operator:cli" },
    });
    expect(await act("approve", `${asked.handle} once`)).toMatchObject({ isDone: true });
    expect(await log()).toEqual([
      expect.objectContaining({ event: "desk", by: "operator", channel: "cli", outcome: "deny" }),
      expect.objectContaining({ event: "desk", by: "operator", outcome: "approve" }),
    ]);
  });

  test.each(["detach", "permissions", "bind", "send", "constructor", ""])(
    "does not run %o, for which it has no button",
    async (command) => {
      const { act, codex } = await desk();
      await expect(act(command)).rejects.toThrow("no such command");
      expect(codex.calls).toEqual([]);
    },
  );

  test("does nothing once what its button was shown for has changed, and says so", async () => {
    const { act, codex, sessionFile } = await desk();
    const { handle } = opened(sessionFile);
    const pressed = [
      await act("deny", handle, { threadId: "thread-0" }),
      await act("stop", "", { turnId: "turn-0" }),
      await act("queue", "drop 1", { waiting: "a message of before" }),
    ];
    expect(pressed).toEqual([
      { found: "one", isDone: false, said: cardWords.staleThread },
      { found: "one", isDone: false, said: cardWords.staleTurn },
      { found: "one", isDone: false, said: cardWords.staleWaiting },
    ]);
    expect(openQuestions(sessionFile)).toHaveLength(1);
    expect(codex.calls).toEqual([]);
  });

  test("has what is added to a running turn done only if Codex has taken it, and says why not", async () => {
    const { act, codex, turnBegins } = await desk();
    const nothing = { found: "one", isDone: false, said: turnWords.nothingToSteer };
    expect(await act("steer", "be brief")).toEqual(nothing);

    turnBegins("turn-1");
    codex.answer("turn/steer", refuse("not now"));
    expect(await act("steer", "be brief", { turnId: "turn-1" })).toEqual({
      found: "one",
      isDone: false,
      said: expect.stringContaining("not now"),
    });

    codex.answer("turn/steer", () => ({ turnId: "turn-1" }));
    expect(await act("steer", "be  brief", { turnId: "turn-1" })).toEqual({
      found: "one",
      isDone: true,
      said: turnWords.steered,
    });
    expect(codex.calls.at(-1)).toMatchObject({
      method: "turn/steer",
      params: { expectedTurnId: "turn-1", input: [{ type: "text", text: "be  brief" }] },
    });
  });

  test.each(["stop", "steer"])(
    "does not %s a turn that has begun since the button was shown",
    async (command) => {
      const { act, codex, turnBegins } = await desk();
      turnBegins("turn-1");
      const text = command === "steer" ? "be brief" : "";
      expect(await act(command, text)).toEqual({
        found: "one",
        isDone: false,
        said: deskWords.turnBegan,
      });
      expect(codex.calls).toEqual([]);
    },
  );

  test("stops the turn that was shown", async () => {
    const { act, codex, turnBegins } = await desk();
    turnBegins("turn-1");
    codex.answer("turn/interrupt", () => ({}));
    expect(await act("stop", "", { turnId: "turn-1" })).toEqual({
      found: "one",
      isDone: true,
      said: turnWords.stopped,
    });
    expect(codex.calls.at(-1)).toMatchObject({
      method: "turn/interrupt",
      params: { threadId: "thread-1", turnId: "turn-1" },
    });
  });

  test("detaches the chat only from the thread that was shown, and says what came of it", async () => {
    const { bind, detach, sessionFile } = await desk();
    await bind("telegram-2bbbbbbbbbbbbbbbbbbbbbbb", "5002");
    expect(await detach({ threadId: "thread-0" })).toEqual({
      found: "one",
      isDone: false,
      said: cardWords.staleThread,
    });
    expect(await detach({})).toMatchObject({ isDone: false, said: cardWords.staleThread });
    expect(await detach({ threadId: "thread-1" }, "no chat")).toEqual({ found: "none" });
    expect(await detach({ threadId: "thread-1" }, "telegram-")).toMatchObject({ found: "several" });
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject({ threadId: "thread-1" });

    expect(await detach({ threadId: "thread-1" })).toEqual({
      found: "one",
      isDone: true,
      said: "The chat is detached from Codex. You can continue the thread later.",
    });
    expect(await readCodexAppServerBinding(sessionFile)).toBeUndefined();
  });

  test("tells that the line is on hold while something else shows first, and that a message waits there", async () => {
    const { host, sessionFile } = await desk();
    messagesOn(host);
    const shown = (): Promise<unknown> =>
      operatorGateway.call("codexchat.thread", { chat: ONE }, ["operator.read"]);
    expect(await shown()).toMatchObject({ isHeld: false });

    holdLine(sessionFile, "person");
    onTestFinished(() => void releaseLine(sessionFile));
    opened(sessionFile);
    expect(await shown()).toMatchObject({ isHeld: true, chat: { state: "asks" } });

    const say = { chat: ONE, text: "Hello", shown: { threadId: "thread-1" } };
    expect(await operatorGateway.call("codexchat.say", say, WRITE)).toEqual({
      found: "one",
      isDone: true,
      said: deskWords.waits,
    });
  });

  test("does nothing in a chat that is not bound, or that nobody knows", async () => {
    const { act } = await desk();
    hostBindings.reset();
    expect(await act("stop")).toMatchObject({
      found: "one",
      said: expect.stringContaining("bind"),
    });
    const say = { chat: "telegram-none", text: "Hello", shown: {} };
    expect(await operatorGateway.call("codexchat.say", say, WRITE)).toEqual({ found: "none" });
  });

  test("takes no message that is empty, or longer than a page can hold", async () => {
    await desk();
    for (const text of ["", " \n", "x".repeat(20_001)]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(
        operatorGateway.call("codexchat.say", { chat: ONE, text }, WRITE),
      ).rejects.toThrow("a message has 1 to 20000 characters");
    }
  });
});
