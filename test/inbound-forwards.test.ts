/** A forward and the comment that its sender sent with it: two messages, and one turn. */
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
// However long this machine takes, the two come at once.
beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

async function hooked() {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
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
  const forward = (content: string, more: Partial<PluginHookInboundClaimEvent> = {}) =>
    claim(content, { body: `[Telegram] [Forwarded from Ann]\n${content}`, ...more });
  return { codex, host, claim, forward };
}

const textIn = ({ params }: { params: Record<string, unknown> }): string =>
  JSON.stringify(params["input"]);

describe("a forward right after a message of its sender's", () => {
  test("goes into that one's turn, and has its answer", async () => {
    const { codex, host, claim, forward } = await hooked();
    await claim("what does this mean?");
    const turn = await codex.turn();
    await forward("out of disk");
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
    const { codex, host, claim, forward } = await hooked();
    await claim("first of all");
    const first = await codex.turn();
    await claim("what does this mean?");
    await forward("out of disk");
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

  test("has a turn of its own if that one's is over, for another that follows", async () => {
    const { codex, host, claim, forward } = await hooked();
    await claim("what does this mean?");
    (await codex.turn()).reply("Of what?");
    await host.delivered();
    await forward("out of disk");
    const own = await codex.turn(2);
    expect(textIn(own)).toContain("out of disk");
    await forward("and of memory");
    expect(textIn(await codex.called("turn/steer"))).toContain("and of memory");
  });
});

test("an ordinary message right after another has its own turn", async () => {
  const { codex, claim } = await hooked();
  await claim("one");
  const turn = await codex.turn();
  await claim("two");
  await settled();
  expect(codex.of("turn/steer")).toEqual([]);
  turn.reply("Done.");
  expect((await codex.turn(2)).prompt).toContain("two");
});
