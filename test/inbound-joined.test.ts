/** What a person writes in several messages, one right after the other: one turn. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { claimInboundMessage } from "../src/inbound-claim.js";
import { hostBinding, message } from "./support/conversation/chat.js";
import { conversation } from "./support/conversation/conversation.js";
import { ScriptedHost } from "./support/conversation/host.js";
import { messagesThrough } from "./support/conversation/messages.js";
import { settled } from "./support/conversation/settled.js";

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);
// However long this machine takes, messages come when the test says.
beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

async function hooked(config: Record<string, unknown> = {}) {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
  host.pluginConfig = config;
  const messages = messagesThrough(host);
  await chat.bind();
  const claim = (content: string, more: Partial<PluginHookInboundClaimEvent> = {}) =>
    claimInboundMessage(
      host.api,
      messages,
      message(content, {
        metadata: { originatingTo: "telegram:7" },
        senderId: "7",
        messageId: content,
        ...more,
      }),
      { channelId: "telegram", pluginBinding: hostBinding(chat.data) },
    );
  const claimLater = (content: string, more: Partial<PluginHookInboundClaimEvent> = {}) => {
    vi.advanceTimersByTime(2000);
    return claim(content, more);
  };
  return { codex, host, claim, claimLater };
}

const textIn = ({ params }: { params: Record<string, unknown> }): string =>
  JSON.stringify(params["input"]);

describe("a message right after another of its sender's", () => {
  test("goes into that one's turn, and has its answer", async () => {
    const { codex, host, claim } = await hooked();
    await claim("what does this mean?");
    const turn = await codex.turn();
    await claim("out of disk");
    const steer = await codex.called("turn/steer");
    expect(steer.params).toMatchObject({ expectedTurnId: turn.turnId });
    expect(textIn(steer)).toContain("out of disk");
    turn.reply("Your disk is full.");
    await host.delivered();
    await settled();
    expect(host.sent.map(({ text }) => text)).toEqual(["Your disk is full."]);
    expect(codex.turns).toHaveLength(1);
  });

  test("waits for that turn if it is only being begun, or stands in line", async () => {
    const { codex, host, claim, claimLater } = await hooked();
    await claim("first of all");
    const first = await codex.turn();
    await claimLater("what does this mean?");
    await claim("out of disk");
    await settled();
    expect(codex.of("turn/steer")).toEqual([]);
    first.reply("Done.");
    const second = await codex.turn(2);
    expect(second.prompt).toContain("what does this mean?");
    expect(textIn(await codex.called("turn/steer"))).toContain("out of disk");
    second.reply("Your disk is full.");
    await host.delivered(2);
    await settled();
    expect(host.sent.map(({ text }) => text)).toEqual(["Done.", "Your disk is full."]);
    expect(codex.turns).toHaveLength(2);
  });

  test("has its own turn if that one's is over, for another that follows", async () => {
    const { codex, host, claim } = await hooked();
    await claim("what does this mean?");
    (await codex.turn()).reply("Of what?");
    await host.delivered();
    await claim("out of disk");
    const own = await codex.turn(2);
    expect(textIn(own)).toContain("out of disk");
    await claim("and of memory");
    expect(textIn(await codex.called("turn/steer"))).toContain("and of memory");
  });
});

test.each([
  { why: "two seconds after another", config: {}, later: 2000, senderId: "7" },
  { why: "right after another's", config: {}, later: 0, senderId: "8" },
  {
    why: "right after another where none are joined",
    config: { turn: { joinWithinMs: 0 } },
    later: 0,
    senderId: "7",
  },
])("a message $why has its own turn", async ({ config, later, senderId }) => {
  const { codex, claim } = await hooked(config);
  await claim("one");
  const turn = await codex.turn();
  vi.advanceTimersByTime(later);
  await claim("two", { senderId });
  await settled();
  expect(codex.of("turn/steer")).toEqual([]);
  turn.reply("Done.");
  expect((await codex.turn(2)).prompt).toContain("two");
});
