import { describe, expect, test, vi } from "vitest";
import { CodexRpcError } from "../../src/app-server/errors.js";
import { boundCommands } from "../support/conversation/commands.js";
import { holdReason } from "../../src/messages/line-hold.js";
import { messagesOn } from "../support/conversation/messages.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** A chat whose first message runs while the others wait. */
async function busy(...messages: string[]) {
  const all = await boundCommands();
  const replies = ["running", ...messages].map((text) => all.chat.say(text));
  const turn = await all.codex.turn();
  turn.show();
  return { ...all, replies, turn };
}

describe("queue", () => {
  test("without a waiting message says so, while a turn runs too", async () => {
    const { say, replies, turn } = await busy();
    expect(await say("queue")).toBe("No message is waiting.");
    turn.reply("Done.");
    await Promise.all(replies);
    expect(await say("queue")).toBe("No message is waiting.");
  });

  test("lists the messages that wait, by number and beginning", async () => {
    const { codex, say, replies, turn } = await busy("mend the @fence", `long ${"x".repeat(100)}`);
    const text = await say("queue");
    expect(text.replaceAll("\u2060", "")).toMatch(
      /^2 messages waiting behind the running turn:\n2\. mend the @fence\n3\. long x{54}…\n`\/codexchat queue drop 2` drops/,
    );
    expect(text).not.toContain("@fence");
    codex.repliesWith(() => "Done.");
    turn.reply("Done.");
    await Promise.all(replies);
  });

  test("drop takes out that one, and only the command says so; the others run", async () => {
    const { codex, say, replies, turn } = await busy("two", "three");
    expect(await say("queue drop 2")).toBe(
      "Dropped from the queue, so Codex did not get it: “two”",
    );
    expect(await replies[1]).toBeUndefined();
    codex.repliesWith(({ prompt }) => `Heard ${prompt}.`);
    turn.reply("Done.");
    expect(await replies[2]).toBe("Heard three.");
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["running", "three"]);
  });

  test("numbers stay the same when one before is gone, so that nobody drops another than was read", async () => {
    const { codex, say, replies, turn } = await busy("two", "three");
    await say("queue drop 2");
    expect(await say("queue")).toMatch(/^1 message waiting.*\n3\. three\n/);
    expect(await say("queue drop 2")).toMatch(
      /^No waiting message has the number 2\. There are:\n3\./,
    );
    expect(await say("queue drop 1")).toMatch(/^No waiting message/);
    await say("queue drop 3");
    expect(await say("queue drop 3")).toBe("No message is waiting.");
    turn.reply("Done.");
    await Promise.all(replies);
    expect(codex.turns).toHaveLength(1);
  });

  test("makes room for others", async () => {
    const { chat, codex, host, say, replies, turn } = await busy("two");
    const options = { pluginConfig: { turn: { maxQueued: 1 } } };
    host.pluginConfig = options.pluginConfig;
    expect(await chat.say("three", options)).toMatch(/waiting for Codex already/);
    await say("queue drop 2");
    const fourth = chat.say("four", options);
    codex.repliesWith(() => "Done.");
    turn.reply("Done.");
    expect(await fourth).toBe("Done.");
    await Promise.all(replies);
  });

  test.each(["queue drop", "queue drop x", "queue drop 1 2", "queue drop -1", "queue all"])(
    "arguments that make no sense get the usage: %s",
    async (args) => {
      const { say } = await boundCommands();
      expect(await say(args)).toMatch(/^That was not understood/);
    },
  );

  test("drops nothing for a sender whom the host does not trust", async () => {
    const { codex, say, replies, turn } = await busy("two");
    expect(await say("queue drop 2", { isAuthorizedSender: false })).toMatch(/not allowed/);
    expect(await say("stop all", { isAuthorizedSender: false })).toMatch(/not allowed/);
    codex.repliesWith(() => "Done.");
    turn.reply("Done.");
    expect(await Promise.all(replies)).toEqual(["Done.", "Done."]);
  });
});

describe("stop all", () => {
  test("stops the turn and drops what waits, and says once what that was", async () => {
    const { codex, say, replies, turn } = await busy("two", "three");
    expect(await say("stop all")).toBe(
      "Codex stop requested.\n2 messages dropped from the queue, so Codex did not get:\n“two”\n“three”",
    );
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    const [first, ...dropped] = await Promise.all(replies);
    expect(first).toMatch(/^Codex was stopped/);
    expect(dropped).toEqual([undefined, undefined]);
    expect(codex.turns).toHaveLength(1);
  });

  test.each([
    { mode: "on a person's order", whileRunning: "queue", begin: "steer" },
    { mode: "by the operator's setting", whileRunning: "steer", begin: undefined },
  ])("lets no message run that is just being steered, $mode", async ({ whileRunning, begin }) => {
    const { chat, codex, say } = await boundCommands();
    const options = { pluginConfig: { turn: { whileRunning } } };
    const first = chat.say("running", options);
    const turn = await codex.turn();
    turn.show();
    await settled();
    const steer = Promise.withResolvers<unknown>();
    codex.answerOnce("turn/steer", () => steer.promise);
    const second = chat.say("two", options);
    const steering = begin === undefined ? undefined : say(begin);
    await codex.called("turn/steer");
    expect(await say("stop all")).toMatch(
      /^Codex stop requested\.\nAlready being sent to the running turn, .*: “two”$/,
    );
    await codex.called("turn/interrupt");
    turn.end({ status: "interrupted" });
    steer.reject(new CodexRpcError("turn/steer", -32600, "no active turn to steer"));
    await steering;
    expect(await first).toMatch(/^Codex was stopped/);
    expect(await second).toBeUndefined();
    expect(codex.turns).toHaveLength(1);
  });

  test("stops a turn that is only being prepared, too", async () => {
    const { chat, codex, say } = await boundCommands();
    const resumed = Promise.withResolvers<unknown>();
    codex.answerOnce("thread/resume", () => resumed.promise);
    const replies = [chat.say("hi"), chat.say("two")];
    await codex.called("thread/resume");
    expect(await say("stop all")).toBe(
      "Codex stop requested. The turn had not begun yet.\n1 message dropped from the queue, so Codex did not get:\n“two”",
    );
    resumed.resolve({ thread: { id: "thread-1" } });
    expect(await replies[0]).toBe("Codex was stopped before it started on this message.");
    await Promise.all(replies);
    expect(codex.turns).toEqual([]);
  });

  test("without anything to stop says so", async () => {
    const { say } = await boundCommands();
    expect(await say("stop all")).toBe("No active Codex run to stop.\nNo message was waiting.");
  });

  test("leaves later messages alone", async () => {
    const { chat, codex, say, replies, turn } = await busy("two");
    await say("stop all");
    const later = chat.say("later");
    codex.repliesWith(() => "Done.");
    turn.end({ status: "interrupted" });
    expect(await later).toBe("Done.");
    await Promise.all(replies);
  });

  test("stop alone leaves what waits in the queue", async () => {
    const { codex, say, replies, turn } = await busy("two");
    expect(await say("stop")).toBe("Codex stop requested.");
    codex.repliesWith(() => "Done.");
    turn.end({ status: "interrupted" });
    expect(await replies[1]).toBe("Done.");
  });
});

describe("queue edit, hold and go", () => {
  test("edit has Codex get the new words, line breaks included", async () => {
    const { codex, say, replies, turn } = await busy("two", "three");
    expect(await say("queue edit 2 zwei  und\nmehr")).toBe("Message 2 is now: “zwei und mehr”");
    expect(await say("queue")).toContain("2. zwei und mehr\n");
    codex.repliesWith(() => "Done.");
    turn.reply("Done.");
    await Promise.all(replies);
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual([
      "running",
      "zwei  und\nmehr",
      "three",
    ]);
  });

  test("edit says which messages there are if the number is none", async () => {
    const { codex, say, replies, turn } = await busy("two");
    expect(await say("queue edit 7 x")).toBe(
      "No waiting message has the number 7. There are:\n2. two",
    );
    codex.repliesWith(() => "Done.");
    turn.reply("Done.");
    await Promise.all(replies);
  });

  test.each([
    "queue edit",
    "queue edit 2",
    "queue edit two words",
    "queue hold 2",
    "queue go now",
    "queue drop",
  ])("%s is not understood", async (command) => {
    const { say } = await boundCommands();
    expect(await say(command)).toContain("That was not understood.");
  });

  test("hold and go say how messages stand, and the card does, too", async () => {
    const { host, chat, say } = await boundCommands();
    messagesOn(host);
    expect(await say("queue go")).toBe("Messages are not on hold.");
    expect(await say("queue hold")).toBe("On hold: messages wait until `/codexchat queue go`.");
    expect(await say("queue")).toContain("On hold: messages wait");
    host.version = "2026.6.11";
    expect(await say("")).toContain("⏸ On hold");
    expect(await say("queue go")).toBe("Messages run again.");
    await until(() => holdReason(chat.sessionFile) === undefined);
  });

  test("stop all lets a line go that has nothing left", async () => {
    const { host, chat, say } = await boundCommands();
    messagesOn(host);
    await say("queue hold");
    await say("stop all");
    await settled();
    expect(holdReason(chat.sessionFile)).toBeUndefined();
  });
});
