/** `/codexchat watch` and `follow`. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { isKept } from "../../src/app-server/kept-clients.js";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const OTHER = "thread-2";
const RESUME = "`/codexchat resume thread-2` continues it here.";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return () => void vi.useRealTimers();
});

/** A chat beside whose thread another is at work, or at rest. */
async function besideAnother({ isActive = true, cwd = "/repo" } = {}) {
  const all = await boundCommands();
  messagesOn(all.host);
  all.codex.answer("thread/read", ({ threadId }) => ({
    thread: {
      id: threadId,
      name: "Fix @everyone",
      preview: "",
      cwd,
      status: { type: isActive ? "active" : "idle" },
    },
  }));
  const becomes = (type: string, threadId = OTHER): void =>
    all.codex.notify({ method: "thread/status/changed", params: { threadId, status: { type } } });
  const sent = (): string[] => all.host.sent.map(({ text }) => text.replaceAll("\u2060", ""));
  return { ...all, becomes, sent };
}

describe("watch", () => {
  test("keeps the thread's Codex for as long as it is watched", async () => {
    const { say, codex } = await besideAnother();
    expect(isKept(codex)).toBe(false);
    await say(`watch ${OTHER}`);
    expect(isKept(codex)).toBe(true);
    await say("watch off");
    expect(isKept(codex)).toBe(false);
  });

  test("tells when the thread has come to rest for good, and only then", async () => {
    const { say, becomes, sent, host, codex } = await besideAnother();
    const text = await say(`watch ${OTHER}`);
    expect(text.replaceAll("\u2060", "")).toMatch(
      /^You will be told when “Fix @everyone” is done\./,
    );
    expect(text).not.toContain("@everyone");
    becomes("idle", "thread-3");
    becomes("idle");
    await vi.advanceTimersByTimeAsync(1000);
    // The next turn of its goal.
    becomes("active");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent()).toEqual([]);
    becomes("idle");
    await vi.advanceTimersByTimeAsync(2000);
    await host.delivered();
    expect(sent()).toEqual([`👀 “Fix @everyone” is done. ${RESUME}`]);
    expect(codex.of("thread/resume")).toEqual([]);
    expect(await say("watch")).toMatch(/^No thread is watched\./);
  });

  test.each([
    { how: "an error", by: "systemError", told: /has ended with an error\./ },
    { how: "being unloaded", by: "notLoaded", told: /is done\./ },
  ])("tells of its end by $how", async ({ by, told }) => {
    const { say, becomes, sent, host } = await besideAnother();
    await say(`watch ${OTHER}`);
    becomes(by);
    await vi.advanceTimersByTimeAsync(2000);
    await host.delivered();
    expect(sent()).toEqual([expect.stringMatching(told)]);
  });

  test("says so if the connection ends, and after a day", async () => {
    const lost = await besideAnother();
    await lost.say(`watch ${OTHER}`);
    lost.codex.close(new Error("it ended"));
    await lost.host.delivered();
    expect(lost.sent()).toEqual([expect.stringMatching(/cannot be watched any more/)]);
    const long = await besideAnother();
    await long.say(`watch ${OTHER}`);
    await vi.advanceTimersByTimeAsync(24 * 60 * 60_000);
    await long.host.delivered();
    expect(long.sent()).toEqual([expect.stringMatching(/is not watched any longer/)]);
  });

  test("lists what is watched, and ends all of it", async () => {
    const { say, becomes, sent, codex } = await besideAnother();
    const before = codex.handlers;
    await say(`watch ${OTHER}`);
    expect((await say("watch")).replaceAll("\u2060", "")).toBe(
      "Watched until they are done:\n• “Fix @everyone”",
    );
    expect(await say(`watch ${OTHER}`)).toBe("That thread is watched already.");
    expect(await say("watch off")).toBe("No thread is watched any more.");
    expect(await say("watch off")).toBe("No thread was watched.");
    becomes("idle");
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sent(), codex.handlers]).toEqual([[], before]);
  });

  test("is for five threads of a chat at most", async () => {
    const { say } = await besideAnother();
    for (const name of ["a", "b", "c", "d", "e"]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await say(`watch ${name}`)).toMatch(/^You will be told/);
    }
    expect(await say("watch f")).toMatch(/^This chat watches 5 threads already\./);
    expect(await say("watch off")).toBe("No thread is watched any more.");
  });

  test("is of no thread at rest, nor the chat's own, nor one that no chat may know of", async () => {
    const rest = await besideAnother({ isActive: false });
    expect(await rest.say(`watch ${OTHER}`)).toMatch(/^Nothing runs on /);
    expect(await rest.say("watch thread-1")).toMatch(/^That is this chat's own thread/);
    const hidden = await besideAnother({ cwd: "/" });
    const text = await hidden.say(`watch ${OTHER}`);
    expect(text).toMatch(/^This chat may know of no such thread\./);
    expect(text).not.toContain("Fix");
    const none = await besideAnother();
    none.codex.answer("thread/read", refuse("thread not found: thread-2"));
    expect(await none.say(`watch ${OTHER}`)).toMatch(/thread not found/);
  });

  test("that is ended while it begins misses nothing", async () => {
    const { say, codex, becomes, sent, host } = await besideAnother();
    let reads = 0;
    codex.answer("thread/read", () => {
      // It comes to rest after its record was read.
      if ((reads += 1) === 2) becomes("idle");
      return { thread: { id: OTHER, preview: "", cwd: "/repo", status: { type: "active" } } };
    });
    expect(await say(`watch ${OTHER}`)).toMatch(/^You will be told/);
    await vi.advanceTimersByTimeAsync(2000);
    await host.delivered();
    expect(sent()).toEqual([expect.stringMatching(/is done\./)]);
  });
});

describe("follow", () => {
  test("is on unless it is switched off, on an app-server that others use", async () => {
    const { say, host, chat } = await besideAnother();
    host.pluginConfig = { appServer: { transport: "websocket", url: "ws://127.0.0.1:1/" } };
    expect(await say("follow")).toMatch(/^If a terminal or an editor starts a turn/);
    expect(await say("follow off")).toMatch(
      /^Turns that a terminal or an editor starts on this thread are not shown/,
    );
    expect(await say("follow")).toMatch(
      /^Turns that a terminal or an editor starts on this thread are not shown/,
    );
    expect(await chat.binding()).toMatchObject({ follow: false });
    expect(await say("status")).toMatch(/^Turns of a terminal or an editor: not shown here$/m);
    expect(await say("follow on")).toMatch(/^If a terminal or an editor starts a turn/);
  });

  test("says that nobody else begins turns on a Codex of the gateway's own", async () => {
    const { say } = await besideAnother();
    expect(await say("follow off")).toMatch(/^Only this gateway uses this Codex/);
  });

  test.each(["follow me", "follow on off", "watch a b"])("%s shows the usage", async (typed) => {
    const { say } = await besideAnother();
    expect(await say(typed)).toMatch(/Usage: /);
  });
});
