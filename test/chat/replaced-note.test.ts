/** Notes with buttons on Discord, which no edit can change: by the click on them, or by another message in their place. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { takeClicks } from "../../src/chat/clicks.js";
import { sendNote, type ChatNote } from "../../src/chat/note.js";
import { Clicks } from "../support/conversation/clicks.js";
import { ScriptedHost } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const gateway = vi.hoisted(() => ({
  calls: new Array<{ action: string; params: Record<string, unknown> }>(),
  fails: new Set<string>(),
}));

// The host's own module looks for a running gateway.
vi.mock("openclaw/plugin-sdk/agent-harness-runtime", () => ({
  callGatewayTool: async (
    _method: string,
    _options: unknown,
    call: { action: string; params: Record<string, unknown> },
  ) => {
    gateway.calls.push(call);
    if (gateway.fails.has(call.action)) throw new Error("Discord message deletes are disabled.");
    return {};
  },
}));

beforeEach(() => {
  gateway.calls.length = 0;
  gateway.fails.clear();
});

afterEach(() => vi.useRealTimers());

const ADDRESS = { channel: "discord", to: "user:7", accountId: "default" };
const BUTTONS = [{ label: "Deny", value: "codexq:1:deny" }];
let lastId = 100;

/** A question that stands in a private chat, which Discord calls another name than the person's. */
async function asked() {
  const host = new ScriptedHost(await temporaryFolder());
  const messageId = String(++lastId);
  host.channels.set("discord", {
    sendPayload: async () => ({ messageId, target: { kind: "channel", id: "201" } }),
  });
  const note = await sendNote(host.api, ADDRESS, "❓ Well?", BUTTONS);
  return { host, note, messageId };
}

/** Somebody clicks on the question; what its message is changed to. */
async function clickOn(messageId: string, { refuses = false } = {}): Promise<unknown[]> {
  const shown: unknown[] = [];
  const clicks = new Clicks((api) => takeClicks(api, "codexq", async () => {}), "discord");
  await clicks.bring({
    accountId: "default",
    conversationId: "user:7",
    senderId: "7",
    auth: { isAuthorizedSender: true },
    interaction: { payload: "1:deny", messageId },
    respond: {
      reply: async () => {},
      editMessage: async ({ components }: { components: unknown[] }) => {
        if (refuses) throw new Error("Unknown Webhook");
        shown.push(components);
      },
    },
  });
  return shown;
}

const textsOf = (host: ScriptedHost): string[] => host.sent.map(({ text }) => text);

const change = (note: ChatNote): Promise<boolean> => note.edit("❓ Well?\n\n➡️ Denied.");

describe("a question on Discord that was answered", () => {
  test("by a click on it reads so in its own message, and nothing else is sent", async () => {
    const { host, note, messageId } = await asked();
    const shown = await clickOn(messageId);
    expect(await change(note)).toBe(true);
    const text = { type: 10, content: "❓ Well?\n\n➡️ Denied." };
    expect(shown).toEqual([[{ type: 17, components: [text] }]]);
    expect(textsOf(host)).toEqual([]);
    expect(gateway.calls).toEqual([]);
  });

  test("by typing is replaced by a message without buttons, which changes from then on", async () => {
    const { host, note, messageId } = await asked();
    expect(await change(note)).toBe(true);
    expect(textsOf(host)).toEqual(["❓ Well?\n\n➡️ Denied."]);
    expect(gateway.calls).toEqual([
      expect.objectContaining({ action: "delete", params: { to: "channel:201", messageId } }),
    ]);
    await note.edit("It was denied.");
    expect(gateway.calls.map(({ action }) => action)).toEqual(["delete", "edit"]);
    expect(textsOf(host)).toHaveLength(1);
  });

  test.each([
    { when: "the answer to the click is refused", refuses: true, laterMs: 0 },
    { when: "the click is too long ago", refuses: false, laterMs: 15 * 60_000 },
  ])("is replaced where $when", async ({ refuses, laterMs }) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { host, note, messageId } = await asked();
    const shown = await clickOn(messageId, { refuses });
    vi.advanceTimersByTime(laterMs);
    expect(await change(note)).toBe(true);
    expect(shown).toEqual([]);
    expect(textsOf(host)).toHaveLength(1);
  });

  test("tells the operator where the old message cannot be taken back", async () => {
    const { host, note } = await asked();
    gateway.fails.add("delete");
    expect(await change(note)).toBe(true);
    expect(textsOf(host)).toHaveLength(1);
    expect(host.warnings).toEqual([expect.stringContaining("could not be taken back")]);
  });
});
