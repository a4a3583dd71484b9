import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import {
  readCodexConversationActiveTurn,
  setCodexConversationFastMode,
  setCodexConversationModel,
  setCodexConversationPermissions,
  steerCodexConversationTurn,
  stopCodexConversationTurn,
  trackCodexConversationActiveTurn,
} from "../../src/messages/control.js";
import type { Chat } from "../support/conversation/chat.js";
import { clientSource } from "../support/conversation/client-source.js";
import { conversation } from "../support/conversation/conversation.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** A bound chat whose turn `turn-1` counts as running. */
async function running() {
  const { codex, chat } = await conversation();
  await chat.bind();
  const { sessionFile } = chat;
  onTestFinished(
    trackCodexConversationActiveTurn({ sessionFile, threadId: "thread-1", turnId: "turn-1" }),
  );
  return { codex, chat, sessionFile };
}

/** A bound chat without a running turn. */
async function idle(binding: Parameters<Chat["bind"]>[0] = {}) {
  const { codex, chat } = await conversation();
  await chat.bind(binding);
  return { codex, chat, sessionFile: chat.sessionFile };
}

const under = (mode: string): { pluginConfig: unknown } => ({
  pluginConfig: { appServer: { mode } },
});

describe("the active turn of a session", () => {
  const turn = { sessionFile: "/state/one", threadId: "thread-1", turnId: "turn-1" };

  test("can be read from its tracking to its cleanup", () => {
    expect(readCodexConversationActiveTurn(turn.sessionFile)).toBeUndefined();
    const cleanup = trackCodexConversationActiveTurn(turn);
    expect(readCodexConversationActiveTurn(turn.sessionFile)).toEqual(turn);
    expect(readCodexConversationActiveTurn("/state/two")).toBeUndefined();
    cleanup();
    expect(readCodexConversationActiveTurn(turn.sessionFile)).toBeUndefined();
  });

  test("is not removed by the cleanup of an earlier one, even one of the same names", () => {
    const early = trackCodexConversationActiveTurn(turn);
    const late = trackCodexConversationActiveTurn(turn);
    early();
    expect(readCodexConversationActiveTurn(turn.sessionFile)).toEqual(turn);
    late();
    late();
    expect(readCodexConversationActiveTurn(turn.sessionFile)).toBeUndefined();
  });

  test("is seen by a fresh copy of the module, as after a reload", async () => {
    onTestFinished(trackCodexConversationActiveTurn(turn));
    vi.resetModules();
    const fresh = await import("../../src/messages/control.js");
    expect(fresh.readCodexConversationActiveTurn).not.toBe(readCodexConversationActiveTurn);
    expect(fresh.readCodexConversationActiveTurn(turn.sessionFile)).toEqual(turn);
  });
});

describe("stop", () => {
  test("without a running turn asks Codex nothing", async () => {
    const { sessionFile } = await idle();
    expect(await stopCodexConversationTurn({ sessionFile })).toEqual({
      stopped: false,
      message: "No active Codex run to stop.",
    });
    expect(clientSource.requests).toEqual([]);
  });

  test("interrupts a turn that was only tracked", async () => {
    const { codex, sessionFile } = await running();
    expect(
      await stopCodexConversationTurn({
        sessionFile,
        pluginConfig: { appServer: { requestTimeoutMs: 777 } },
      }),
    ).toEqual({ stopped: true, message: "Codex stop requested." });
    expect(codex.only("turn/interrupt")).toMatchObject({
      params: { threadId: "thread-1", turnId: "turn-1" },
      options: { timeoutMs: 777 },
    });
  });

  test("fails where Codex cannot be reached", async () => {
    const { sessionFile } = await running();
    clientSource.serve(new CodexLocalError("START_FAILED", "it would not start"));
    await expect(stopCodexConversationTurn({ sessionFile })).rejects.toThrow("would not start");
  });
});

describe("steer", () => {
  const NOTHING = { steered: false, message: expect.stringMatching(/^No active Codex run/) };

  test("puts the text into the running turn and no other", async () => {
    const { codex, sessionFile } = await running();
    expect(await steerCodexConversationTurn({ sessionFile, message: " be brief \n" })).toEqual({
      steered: true,
      message: "Sent to the running Codex turn.",
    });
    expect(codex.only("turn/steer").params).toEqual({
      threadId: "thread-1",
      expectedTurnId: "turn-1",
      input: [{ type: "text", text: "be brief", text_elements: [] }],
    });
  });

  test("without a running turn asks Codex nothing, and says how to go on", async () => {
    const { sessionFile } = await idle();
    expect(await steerCodexConversationTurn({ sessionFile, message: "be brief" })).toEqual(NOTHING);
    expect(clientSource.requests).toEqual([]);
  });

  test("without a text asks Codex nothing", async () => {
    const { sessionFile } = await running();
    expect(await steerCodexConversationTurn({ sessionFile, message: " " })).toMatchObject({
      steered: false,
    });
    expect(clientSource.requests).toEqual([]);
  });

  test.each(["no active turn to steer", "expected active turn id `turn-1` but found `turn-2`"])(
    "that comes after the turn's end is not an error: %s",
    async (refusal) => {
      const { codex, sessionFile } = await running();
      codex.answer("turn/steer", refuse(refusal));
      expect(await steerCodexConversationTurn({ sessionFile, message: "be brief" })).toEqual(
        NOTHING,
      );
    },
  );

  test("fails where Codex refuses for another reason", async () => {
    const { codex, sessionFile } = await running();
    codex.answer("turn/steer", refuse("input too large"));
    await expect(steerCodexConversationTurn({ sessionFile, message: "be brief" })).rejects.toThrow(
      "input too large",
    );
  });

  test("reaches the app-server of the chat's own profile", async () => {
    const { chat, sessionFile } = await running();
    await chat.bind({ authProfileId: "work" });
    await steerCodexConversationTurn({ sessionFile, message: "be brief" });
    expect(clientSource.requests).toMatchObject([{ authProfileId: "work" }]);
  });
});

describe("the model", () => {
  test.each(["gpt-5.5", "vendor/model:latest", "o3_mini"])("is set to %s", async (model) => {
    const { chat, sessionFile } = await idle();
    expect(await setCodexConversationModel({ sessionFile, model: ` ${model} ` })).toBe(
      `Codex model set to ${model}.`,
    );
    expect(await chat.binding()).toMatchObject({ model, threadId: "thread-1", cwd: "/repo" });
  });

  test.each(["two words", "", "a\nb", "$(x)", "a".repeat(101)])(
    "is not set to %j, which is no model's name",
    async (model) => {
      const { chat, sessionFile } = await idle({ model: "gpt-x" });
      expect(await setCodexConversationModel({ sessionFile, model })).toMatch(/model's name/);
      expect(await chat.binding()).toMatchObject({ model: "gpt-x" });
    },
  );

  test("of a session without a thread cannot be set", async () => {
    const { chat } = await conversation();
    const { sessionFile } = chat;
    await expect(setCodexConversationModel({ sessionFile, model: "gpt-x" })).rejects.toThrow(
      "bound Codex conversation has no thread binding",
    );
    expect(await chat.binding()).toBeUndefined();
  });
});

describe("fast mode", () => {
  test("goes on and off, and tells how it stands", async () => {
    const { chat, sessionFile } = await idle();
    expect(await setCodexConversationFastMode({ sessionFile })).toBe("Codex fast mode: off.");
    expect(await setCodexConversationFastMode({ sessionFile, enabled: true })).toBe(
      "Codex fast mode: on.",
    );
    expect(await chat.binding()).toMatchObject({ serviceTier: "fast" });
    expect(await setCodexConversationFastMode({ sessionFile })).toBe("Codex fast mode: on.");
    expect(await setCodexConversationFastMode({ sessionFile, enabled: false })).toBe(
      "Codex fast mode: off.",
    );
    expect(await setCodexConversationFastMode({ sessionFile })).toBe("Codex fast mode: off.");
  });

  test("is what the settings say until the chat chooses, and can be switched off under them", async () => {
    const { codex, chat, sessionFile } = await idle();
    const pluginConfig = { appServer: { serviceTier: "fast" } };
    expect(await setCodexConversationFastMode({ sessionFile, pluginConfig })).toMatch(/on\.$/);
    expect(
      await setCodexConversationFastMode({ sessionFile, pluginConfig, enabled: false }),
    ).toMatch(/off\.$/);
    codex.repliesWith(() => "Hello.");
    await chat.say("hi", { pluginConfig });
    expect(codex.only("turn/start").params.serviceTier).not.toBe("fast");
  });

  test("needs a thread", async () => {
    const { chat } = await conversation();
    const { sessionFile } = chat;
    await expect(setCodexConversationFastMode({ sessionFile })).rejects.toThrow("thread binding");
    await expect(setCodexConversationFastMode({ sessionFile, enabled: true })).rejects.toThrow(
      "thread binding",
    );
  });
});

describe("permissions", () => {
  test("tell how they stand: the settings' until the chat chooses", async () => {
    const { sessionFile } = await idle();
    expect(await setCodexConversationPermissions({ sessionFile, ...under("guardian") })).toMatch(
      /guardian \(works in its folder, Codex's reviewer decides about more\)/,
    );
  });

  test.each([
    { operator: "ask", chat: "ask" },
    { operator: "guardian", chat: "ask" },
    { operator: "guardian", chat: "guardian" },
    { operator: "yolo", chat: "ask" },
    { operator: "yolo", chat: "guardian" },
    { operator: "yolo", chat: "yolo" },
  ] as const)("up to the operator's $operator may be $chat", async ({ operator, chat: mode }) => {
    const { codex, chat, sessionFile } = await idle();
    const session = { sessionFile, ...under(operator) };
    expect(await setCodexConversationPermissions({ ...session, mode })).toContain(mode);
    expect(await setCodexConversationPermissions(session)).toContain(mode);
    codex.repliesWith(() => "Hello.");
    await chat.say("hi", under(operator));
    expect(codex.only("turn/start").params).toMatchObject({
      approvalPolicy: mode === "yolo" ? "never" : "on-request",
      approvalsReviewer: mode === "guardian" ? "auto_review" : "user",
      sandboxPolicy: { type: mode === "yolo" ? "dangerFullAccess" : "workspaceWrite" },
    });
  });

  test.each([
    { operator: "ask", chat: "guardian" },
    { operator: "ask", chat: "yolo" },
    { operator: "guardian", chat: "yolo" },
  ] as const)(
    "beyond the operator's $operator are refused: $chat",
    async ({ operator, chat: mode }) => {
      const { chat, sessionFile } = await idle();
      const before = await chat.binding();
      const answer = await setCodexConversationPermissions({
        sessionFile,
        ...under(operator),
        mode,
      });
      expect(answer).toMatch(
        new RegExp(`allows only ${operator} here .*appServer\\.mode.*; ${mode} `),
      );
      expect(await chat.binding()).toEqual(before);
    },
  );

  test("that the operator has tightened since are told as they are now", async () => {
    const { sessionFile } = await idle();
    await setCodexConversationPermissions({ sessionFile, ...under("yolo"), mode: "yolo" });
    const now = await setCodexConversationPermissions({ sessionFile, ...under("ask") });
    expect(now).toContain("works in its folder, never asks");
    expect(now).not.toContain("yolo");
  });

  test("need a thread", async () => {
    const { chat } = await conversation();
    const { sessionFile } = chat;
    await expect(setCodexConversationPermissions({ sessionFile })).rejects.toThrow(
      "thread binding",
    );
    await expect(setCodexConversationPermissions({ sessionFile, mode: "ask" })).rejects.toThrow(
      "thread binding",
    );
  });
});
