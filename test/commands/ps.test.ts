import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const SERVER = { itemId: "i1", processId: "4711", command: "npm run dev", cwd: "/repo" };
const WATCH = { itemId: "i2", processId: "4712", command: "/bin/bash -lc 'npm test @everyone'" };

/** A chat on whose thread these commands run. */
async function running(commands: readonly object[]) {
  const all = await boundCommands();
  all.codex.answer("thread/backgroundTerminals/list", () => ({ data: commands, nextCursor: null }));
  all.codex.answer("thread/backgroundTerminals/terminate", () => ({ terminated: true }));
  all.codex.answer("thread/backgroundTerminals/clean", () => ({}));
  return all;
}

describe("ps", () => {
  test("lists the commands that run, and since when those that began under the chat's eyes", async () => {
    const { chat, codex, say } = await running([SERVER, WATCH]);
    const answer = chat.say("start it");
    const turn = await codex.turn();
    turn.show();
    turn.notify("item/started", {
      turnId: turn.turnId,
      item: { type: "commandExecution", id: "i1", processId: "4711", command: "npm run dev" },
    });
    turn.reply("Started.");
    await answer;
    const text = await say("ps");
    expect(text).toMatch(/^Commands that run:\n• 4711: npm run dev, for \d s\n• 4712: npm test /);
    expect(text).toContain("`/codexchat ps end ID` ends one");
    expect(text).not.toContain("@everyone");
  });

  test.each([
    { what: "none runs", prepare: () => ({ data: [] }) },
    { what: "the thread is not loaded", prepare: refuse("thread not found: thread-1") },
  ])("says so if $what", async ({ prepare }) => {
    const { codex, say } = await running([]);
    codex.answer("thread/backgroundTerminals/list", prepare);
    expect(await say("ps")).toBe("No command of Codex's runs here.");
  });

  test("names the version that it needs", async () => {
    const { codex, say } = await running([]);
    codex.serverVersion = "0.125.0";
    expect(await say("ps")).toMatch(/too old for a list of running commands: this needs 0\.140\.0/);
  });

  test.each(["ps end", "ps 4711", "ps end 4711 now"])("%s shows the usage", async (typed) => {
    const { say } = await running([SERVER]);
    expect(await say(typed)).toContain("/codexchat ps [end ID|end all]");
  });
});

describe("ps end", () => {
  test("ends one command, by the id that stands in the list", async () => {
    const { codex, say } = await running([SERVER, WATCH]);
    expect(await say("ps end 4711")).toBe("Ended: npm run dev");
    expect(codex.only("thread/backgroundTerminals/terminate").params).toEqual({
      threadId: "thread-1",
      processId: "4711",
    });
  });

  test("ends nothing for an id that is none", async () => {
    const { codex, say } = await running([SERVER]);
    expect(await say("ps end 1")).toMatch(/^No command 1 runs here\./);
    expect(codex.of("thread/backgroundTerminals/terminate")).toEqual([]);
  });

  test("ends all, on a Codex that cannot list them, too", async () => {
    const { codex, say } = await running([]);
    codex.serverVersion = "0.125.0";
    expect(await say("ps end all")).toBe("All commands of this thread are ended.");
    expect(codex.only("thread/backgroundTerminals/clean").params).toEqual({ threadId: "thread-1" });
  });
});
