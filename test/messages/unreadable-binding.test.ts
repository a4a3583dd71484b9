/** What happens on a thread while the chat's binding cannot be read, for want of open files say. */
import { expect, onTestFinished, test, vi } from "vitest";
import type * as privateFiles from "../../src/host/private-files.js";
import { readCodexConversationActiveTurn } from "../../src/messages/control.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { until } from "../support/conversation/settled.js";

const files = vi.hoisted(() => ({ unreadable: 0, refused: 0 }));

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("../../src/host/private-files.js", async (importOriginal) => {
  const original = await importOriginal<typeof privateFiles>();
  return {
    ...original,
    readPrivateFile: async (file: string) => {
      if (files.unreadable === 0 || !file.endsWith(".codex-app-server.json")) {
        return original.readPrivateFile(file);
      }
      files.unreadable -= 1;
      files.refused += 1;
      throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
    },
  };
});

function fakeClock(): void {
  files.refused = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

test("a goal's turn is followed as soon as it can be read, and neither stopped nor unheard", async () => {
  const { codex, sent, tellGoal } = await boundChat();
  fakeClock();
  tellGoal("active");
  files.unreadable = 2;
  const turn = new ScriptedTurn(codex, "thread-1", "goal-turn-1", {});
  turn.show();
  await until(() => files.refused === 1);
  turn.reply("Half done.");
  await until(async () => {
    await vi.advanceTimersByTimeAsync(1000);
    return sent.entries.includes("Half done.");
  });
  expect(files.refused).toBe(2);
  expect(codex.of("turn/interrupt")).toEqual([]);
  expect(codex.of("thread/goal/set")).toEqual([]);
});

test("a terminal's turn that runs as a message loads the thread is waited for", async () => {
  const { chat, sent, restart } = await boundChat();
  const params = { threadId: "thread-1", turnId: "turn-9" };
  const next = await restart((codex) => {
    Object.assign(codex, { isShared: true });
    codex.answer("thread/goal/get", () => {
      files.unreadable = 1;
      return { goal: null };
    });
    codex.answer("thread/turns/list", () => {
      const items = [{ type: "userMessage", id: "u", clientId: null }];
      return { data: [{ id: "turn-9", status: "inProgress", items }], nextCursor: null };
    });
  });
  fakeClock();
  await next.say("My turn?");
  await until(async () => {
    await vi.advanceTimersByTimeAsync(1000);
    return readCodexConversationActiveTurn(chat.sessionFile)?.turnId === "turn-9";
  });
  expect(files.refused).toBe(1);
  expect(next.codex.of("turn/start")).toEqual([]);
  const items = [{ type: "agentMessage", id: "a", text: "Mown.", phase: "final_answer" }];
  const turn = { id: "turn-9", status: "completed", items };
  next.codex.notify({ method: "turn/completed", params: { ...params, turn } });
  (await next.codex.turn()).reply("Yours.");
  await until(async () => {
    await vi.advanceTimersByTimeAsync(1000);
    return sent.entries.includes("Yours.");
  });
  expect(sent.entries.at(-2)).toMatch(/^💻 From another Codex window[^]*Mown\.$/);
});
