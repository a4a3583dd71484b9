/** Notes that can change: how they are sent, and how the channel is asked to change them. */
import * as z from "zod/mini";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { sendNote } from "../../src/chat/note.js";
import { ScriptedHost, type Channel } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const gateway = vi.hoisted(() => ({ calls: new Array<unknown[]>(), answer: async () => ({}) }));

// The host's own module looks for a running gateway.
vi.mock("openclaw/plugin-sdk/agent-harness-runtime", () => ({
  callGatewayTool: (...call: unknown[]) => {
    gateway.calls.push(call);
    return gateway.answer();
  },
}));

afterEach(() => {
  gateway.calls = [];
  gateway.answer = async () => ({});
});

const callSchema = z.object({
  params: z.object({
    presentation: z.object({ blocks: z.array(z.object({ text: z.string() })) }),
  }),
});

const ADDRESS = { channel: "telegram", to: "telegram:7" };
const textsOf = (host: ScriptedHost): string[] => host.sent.map(({ text }) => text);

/** A host with a channel that takes payloads, and those that it took. */
async function withPayloads(channel: Channel = {}, id = "telegram") {
  const host = new ScriptedHost(await temporaryFolder());
  const payloads: Record<string, unknown>[] = [];
  host.channels.set(id, {
    sendPayload: async (sent) => {
      payloads.push(sent);
      return { messageId: "12" };
    },
    ...channel,
  });
  return { host, payloads };
}

describe("a text with buttons", () => {
  const BUTTONS = [
    { label: "Allow once", value: "codexapproval:1:once" },
    { label: "Deny", value: "codexapproval:1:deny" },
  ];
  const presentation = {
    blocks: BUTTONS.map(({ label, value }) => ({
      type: "buttons",
      buttons: [{ label, action: { type: "callback", value } }],
    })),
  };

  test("goes to its chat, account and topic, one button to a row", async () => {
    const { host, payloads } = await withPayloads();
    const address = { ...ADDRESS, accountId: "second", threadId: 55 };
    await sendNote(host.api, address, "Well?", BUTTONS);
    expect(payloads).toEqual([
      {
        to: "telegram:7",
        text: "Well?",
        accountId: "second",
        threadId: 55,
        cfg: host.api.runtime.config.current(),
        signal: expect.any(AbortSignal),
        payload: { text: "Well?", presentation },
      },
    ]);
    expect(host.sent).toEqual([]);
  });

  test("is rendered by the channel where it has a way of its own", async () => {
    const { host, payloads } = await withPayloads({
      renderPresentation: async ({ payload }) => ({ ...payload, rendered: true }),
    });
    await sendNote(host.api, ADDRESS, "Well?", BUTTONS);
    expect(payloads).toMatchObject([{ payload: { text: "Well?", rendered: true } }]);
  });

  test("is sent as it is where the channel renders nothing", async () => {
    const { host, payloads } = await withPayloads({ renderPresentation: async () => null });
    await sendNote(host.api, ADDRESS, "Well?", BUTTONS);
    expect(payloads).toMatchObject([{ payload: { text: "Well?", presentation } }]);
  });

  test("is a text alone where the channel takes no more than that", async () => {
    const host = new ScriptedHost(await temporaryFolder());
    await sendNote(host.api, ADDRESS, "Well?", BUTTONS);
    expect(textsOf(host)).toEqual(["Well?"]);
  });

  test("is a text alone where nobody here would take the clicks", async () => {
    const { host, payloads } = await withPayloads({}, "feishu");
    await sendNote(host.api, { channel: "feishu", to: "c1" }, "Well?", BUTTONS);
    expect(textsOf(host)).toEqual(["Well?"]);
    expect(payloads).toEqual([]);
  });

  test("is another one where its chat has none", async () => {
    const { host, payloads } = await withPayloads({}, "feishu");
    const address = { channel: "feishu", to: "c1" };
    const note = await sendNote(host.api, address, "Well?", BUTTONS, "Well? Type yes.");
    expect(textsOf(host)).toEqual(["Well? Type yes."]);
    expect(payloads).toEqual([]);
    expect(await note.edit("Well? Yes.")).toBe(true);
  });

  test("that the channel refuses fails with the channel's error", async () => {
    const { host } = await withPayloads({
      sendPayload: () => Promise.reject(new Error("chat not found")),
    });
    await expect(sendNote(host.api, ADDRESS, "Well?", BUTTONS)).rejects.toThrow("chat not found");
  });
});

describe("a note that is there", () => {
  test("changes by its channel's own id, and loses its buttons", async () => {
    const { host } = await withPayloads();
    const address = { ...ADDRESS, accountId: "second" };
    const buttons = [{ label: "Yes", value: "x:yes" }];
    const note = await sendNote(host.api, address, "Well?", buttons);
    expect(await note.edit("Well? Yes.")).toBe(true);
    expect(gateway.calls).toMatchObject([
      [
        "message.action",
        { timeoutMs: expect.any(Number) },
        {
          channel: "telegram",
          action: "edit",
          accountId: "second",
          params: {
            to: "telegram:7",
            messageId: "12",
            message: "Well? Yes.",
            presentation: { blocks: [] },
          },
        },
      ],
    ]);
  });

  test("on Slack, which keeps a message's buttons otherwise, changes into blocks of text", async () => {
    const { host } = await withPayloads({}, "slack");
    const address = { channel: "slack", to: "channel:C1" };
    const note = await sendNote(host.api, address, "Well?", [{ label: "Yes", value: "x:yes" }]);
    expect(await note.edit("Run `a < b && c`? <!here> Yes.")).toBe(true);
    expect(gateway.calls).toMatchObject([
      [
        "message.action",
        {},
        {
          params: {
            message: "Run `a < b && c`? <!here> Yes.",
            presentation: {
              blocks: [{ type: "text", text: "Run `a &lt; b &amp;&amp; c`? &lt;!here&gt; Yes." }],
            },
          },
        },
      ],
    ]);
  });

  test("on Slack, that is longer than a block may be, changes into several", async () => {
    const { host } = await withPayloads({}, "slack");
    const address = { channel: "slack", to: "channel:C1" };
    const note = await sendNote(host.api, address, "Well?", [{ label: "Yes", value: "x:yes" }]);
    await note.edit("a < b\n".repeat(600));
    const [[, , call]] = z
      .tuple([z.tuple([z.unknown(), z.unknown(), callSchema])])
      .parse(gateway.calls);
    const { blocks } = call.params.presentation;
    expect(blocks.length).toBeGreaterThan(1);
    expect(Math.max(...blocks.map(({ text }) => text.length))).toBeLessThanOrEqual(3000);
  });

  test("on Slack, that never had a button, changes as a text, which Slack's channel formats", async () => {
    const { host } = await withPayloads({}, "slack");
    const note = await sendNote(host.api, { channel: "slack", to: "channel:C1" }, "One");
    await note.edit("Two");
    expect(gateway.calls).toMatchObject([
      ["message.action", {}, { params: { presentation: { blocks: [] } } }],
    ]);
  });

  test("is named anew each time it is changed, since the host drops repeats", async () => {
    const { host } = await withPayloads();
    const note = await sendNote(host.api, ADDRESS, "One");
    await note.edit("Two");
    await note.edit("Three");
    const keys = gateway.calls.map((call) => Object(call[2]).idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });

  test.each([
    { failures: 1, changed: true },
    { failures: 2, changed: false },
  ])("is tried once more where that fails: $failures times", async ({ failures, changed }) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { host } = await withPayloads();
    let left = failures;
    gateway.answer = async () => {
      if (left-- > 0) throw new Error("does not support action edit");
      return {};
    };
    const note = await sendNote(host.api, ADDRESS, "Well?");
    const edit = note.edit("Well? Yes.");
    await vi.advanceTimersByTimeAsync(2999);
    expect(gateway.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await edit).toBe(changed);
    expect(gateway.calls).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that could not be changed is told the operator where others could", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { host } = await withPayloads({}, "matrix");
    const note = await sendNote(host.api, { channel: "matrix", to: "room" }, "Well?");
    const failing = (): Promise<boolean> => {
      gateway.answer = () => Promise.reject(new Error("gateway closed"));
      const edit = note.edit("No.");
      return vi.advanceTimersByTimeAsync(3000).then(() => edit);
    };
    expect(await failing()).toBe(false);
    expect(host.warnings).toEqual([]);
    gateway.answer = async () => ({});
    expect(await note.edit("Yes.")).toBe(true);
    expect(await failing()).toBe(false);
    expect(host.warnings).toEqual([expect.stringContaining("gateway closed")]);
  });

  test.each(["discord", "slack"])(
    "changes where it went: in the channel that %s names for a private chat",
    async (channel) => {
      const host = new ScriptedHost(await temporaryFolder());
      host.channels.set(channel, {
        result: { messageId: "12", target: { kind: "channel", id: "C9" } },
      });
      const note = await sendNote(host.api, { channel, to: "user:U1" }, "Well?");
      expect(await note.edit("Well? Yes.")).toBe(true);
      expect(Object(gateway.calls[0]?.[2]).params).toMatchObject({
        to: "channel:C9",
        messageId: "12",
      });
    },
  );

  test("reads as it should already where the channel says that it did not change", async () => {
    const { host } = await withPayloads();
    gateway.answer = () => Promise.reject(new Error("400: Bad Request: message is not modified"));
    const note = await sendNote(host.api, ADDRESS, "Well?");
    expect(await note.edit("Well?")).toBe(true);
    expect(gateway.calls).toHaveLength(1);
  });

  test("that a person has deleted is known to be gone, and not tried again", async () => {
    const { host } = await withPayloads();
    gateway.answer = () => Promise.reject(new Error("400: Bad Request: message to edit not found"));
    const note = await sendNote(host.api, ADDRESS, "Well?");
    expect(note.isGone).toBe(false);
    expect(await note.edit("Yes.")).toBe(false);
    expect(note.isGone).toBe(true);
    expect(gateway.calls).toHaveLength(1);
  });

  test("that has no id cannot be changed, and nobody is asked", async () => {
    const { host } = await withPayloads({ sendPayload: async () => ({}) });
    const note = await sendNote(host.api, ADDRESS, "Well?", [{ label: "Yes", value: "x:yes" }]);
    expect(await note.edit("Well? Yes.")).toBe(false);
    expect(gateway.calls).toEqual([]);
  });
});

test("an OpenClaw that does not take whose wish a change is, is asked without it, and from then on", async () => {
  const { host } = await withPayloads();
  gateway.answer = async () => {
    if ("conversationReadOrigin" in Object(gateway.calls.at(-1)?.[2])) {
      throw new Error(
        "invalid message.action params: at root: unexpected property 'conversationReadOrigin'",
      );
    }
    return {};
  };
  // A copy of its own, since it remembers.
  vi.resetModules();
  const { sendNote: send } = await import("../../src/chat/note.js");
  const note = await send(host.api, ADDRESS, "One");
  expect(await note.edit("Two")).toBe(true);
  expect(await note.edit("Three")).toBe(true);
  const wishes = gateway.calls.map((call) => Object(call[2]).conversationReadOrigin);
  expect(wishes).toEqual(["direct-operator", undefined, undefined]);
});

test("a channel that cannot be written to takes no note", async () => {
  const host = new ScriptedHost(await temporaryFolder());
  host.channels.set("reply-only", { writable: false });
  await expect(sendNote(host.api, { ...ADDRESS, channel: "reply-only" }, "Well?")).rejects.toThrow(
    "reply-only",
  );
});
