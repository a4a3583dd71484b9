import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { auditFile } from "../../src/host/audit.js";
import { openQuestions } from "../../src/questions/board.js";
import { cardWords } from "../../src/words/card-words.js";
import { hostBindings } from "../support/conversation/host-bindings.js";
import { operator } from "../support/conversation/operator.js";
import { operatorGateway } from "../support/conversation/operator-gateway.js";
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
  return { ...all, sessionFile, act, log };
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
