/** Numbers that are typed where there are no buttons: the card's list, a question of Codex's, or a message. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { claimInboundMessage } from "../../src/inbound-claim.js";
import { optionsQuestion } from "../support/conversation/questions.js";
import { openQuestion, openQuestions } from "../../src/questions/board.js";
import { hostBinding, message } from "../support/conversation/chat.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import { messagesThrough } from "../support/conversation/messages.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

/** The monotonic clock as these tests set it. */
const clock = vi.hoisted(() => ({ now: 0 }));
vi.mock("../../src/common/clock.js", () => ({ monotonicMs: () => clock.now }));

beforeEach(() => {
  clock.now = 1_000_000;
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A bound chat on a Telegram whose operator has turned the buttons off. */
async function withoutButtons() {
  const all = await boundCommands();
  const { host, chat, inHost } = all;
  host.channelConfig = { telegram: { capabilities: { inlineButtons: "off" } } };
  const messages = messagesThrough(host);
  const accepted = vi.spyOn(messages, "accept").mockResolvedValue();
  const type = async (text: string, senderId = "7"): Promise<string | undefined> => {
    const event = message(text, {
      senderId,
      metadata: { originatingTo: "telegram:7", from: "telegram:7" },
    });
    const ctx = { channelId: "telegram", pluginBinding: hostBinding(chat.data) };
    return (await claimInboundMessage(host.api, messages, event, ctx))?.reply?.text;
  };
  const ask = () => {
    const asked = openQuestion(chat.sessionFile, optionsQuestion("red", "blue"), {
      timeoutMs: 60_000,
      turn: new AbortController().signal,
      showAll: async () => {},
    });
    return asked;
  };
  const command = (args: string) => all.say(args, { senderId: "7" });
  return { ...all, inHost, type, ask, command, accepted };
}

describe("a number", () => {
  test("that is typed alone chooses from the list that the chat shows", async () => {
    const { command, type, accepted } = await withoutButtons();
    expect((await command("")).split("\n\n").at(-1)).toBe(
      [
        "1  New thread",
        "2  Threads",
        "3  Model",
        "4  Permissions",
        "5  Diff",
        "6  Files",
        "7  More…",
        "Reply with a number.",
      ].join("\n"),
    );
    expect(await type("4")).toMatch(/^What may Codex do[^]*\n1 {2}✓ ask\n2 {2}‹ Back\n/);
    expect(await type("2")).toContain("7  More…");
    expect(accepted).not.toHaveBeenCalled();
  });

  test("after the command does so too, also in a chat that is not bound", async () => {
    const { host, say } = await commands();
    host.channelConfig = { telegram: { capabilities: { inlineButtons: "off" } } };
    expect(await say("")).toMatch(/Send `\/codexchat NUMBER` to choose\.$/);
    expect(await say("4")).toContain("Codex in this chat.");
    expect(await say("4")).toBe("No list is open. `/codexchat` shows one.");
  });

  test("that is not in the list says how many there are", async () => {
    const { command, type } = await withoutButtons();
    await command("");
    expect(await type("9")).toBe(
      "Choose a number from 1 to 7, or send `/codexchat` for a new list.",
    );
  });

  test.each([
    ["without a list", async () => {}, "7"],
    [
      "of another person",
      async (say: (args: string) => Promise<string>) => void (await say("")),
      "8",
    ],
  ])("%s goes to Codex", async (_, before, senderId) => {
    const { command, type, accepted } = await withoutButtons();
    await before(command);
    expect(await type("2", senderId)).toBeUndefined();
    expect(accepted).toHaveBeenCalledOnce();
  });

  test("goes to Codex once its person has said something else, and after ten minutes", async () => {
    const { command, type, accepted } = await withoutButtons();
    await command("");
    await type("what is two and two?");
    await type("4");
    expect(accepted).toHaveBeenCalledTimes(2);
    await command("");
    clock.now += 10 * 60_000 + 1;
    await type("4");
    expect(accepted).toHaveBeenCalledTimes(3);
  });
});

describe("a number that a list and a question of Codex's both have", () => {
  test("chooses from the list if that was shown last, and leaves the question open", async () => {
    const { chat, command, type, ask } = await withoutButtons();
    const asked = ask();
    asked.noteShown();
    clock.now += 1;
    await command("");
    expect(await type("2")).not.toContain("blue");
    expect(openQuestions(chat.sessionFile)).toHaveLength(1);
  });

  test("answers the question if that was shown last", async () => {
    const { command, type, ask } = await withoutButtons();
    await command("");
    clock.now += 60_000;
    const asked = ask();
    asked.noteShown();
    clock.now += 15_000;
    await type("2");
    await expect(asked.ended).resolves.toMatchObject({ by: "choice", choice: { label: "blue" } });
  });

  test("is for neither while the question has only just come, or is on its way", async () => {
    const { chat, command, type, ask, accepted } = await withoutButtons();
    await command("");
    clock.now += 60_000;
    const asked = ask();
    const which =
      "Is 2 for the list, or for Codex's question? `/codexchat 2` chooses from the list; `/codexchat approve 2` answers Codex.";
    expect(await type("2")).toBe(which);
    asked.noteShown();
    clock.now += 14_000;
    expect(await type("2")).toBe(which);
    expect(openQuestions(chat.sessionFile)).toHaveLength(1);
    expect(accepted).not.toHaveBeenCalled();
    expect(await command("2")).not.toContain("Is 2 for");
  });
});
