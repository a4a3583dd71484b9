/** The contract of channels: what a bound chat can rely on, whatever its channel. */
import { describe, expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import { wordsOf } from "../support/person-words.js";
import { answerTo } from "../support/scripted-turns.js";
import { cardScenarios } from "./card-scenarios.js";
import { lastingScenarios } from "./lasting-scenarios.js";
import { roughScenarios } from "./rough-scenarios.js";
import { type ChannelStage, type OpenStages, tableOf } from "./stage.js";
import { talkScenarios } from "./talk-scenarios.js";

/** Of one channel one scenario follows the other, whatever the other channels do meanwhile. */
const SCENARIOS = { concurrent: false, timeout: 300_000 };
/** A gateway is started, or a plugin installed, in the middle. */
const LASTING = { concurrent: false, timeout: 600_000 };

type Kind = "private" | "group" | "thread";

/**
 * `kinds` are the kinds of chats that the channel has; `isLimited`: its service can refuse a message as one too many. What the
 * channel can or cannot do else, the plugin's table says.
 */
export function channelScenarios(
  channel: string,
  stage: () => ChannelStage,
  kinds: readonly Kind[],
  { isLimited = true }: { isLimited?: boolean } = {},
): void {
  const abilities = tableOf(channel);
  describe.each(kinds)("in a %s chat", SCENARIOS, (kind) => {
    const chat = (): string => chatOf(stage(), kind);
    const say = (text: string) => stage().say(chat(), stage().here(`${text} in ${kind}`));

    if (abilities.approval === "typed") typedApprovalScenarios(stage, chat);

    test("a bind that nobody has allowed leaves it with OpenClaw's agent", async () => {
      await stage().deny(chat());
      const said = say("not allowed");
      const answer = await stage().replyTo(said, AGENT_ANSWER);
      expect(answer.text).toBe(AGENT_ANSWER);
      expect(stage().requestsWith(said.text)).toEqual([]);
    });

    test("a bind that is allowed brings each message to Codex, in order", async () => {
      await stage().bind(chat());
      const gate = stage().holdTurnsAsked(stage().here(`first in ${kind}`));
      const first = say("first");
      await stage().asked(first.text);
      const second = say("second");
      gate.open();
      await stage().replyTo(first, answerTo(first.text));
      await stage().replyTo(second, answerTo(second.text));
      const [request] = stage().requestsWith(second.text);
      expect(request?.history.map(wordsOf)).toEqual([first.text, second.text]);
    });

    test("a detach gives it back to OpenClaw's agent", async () => {
      await stage().detach(chat());
      const said = say("detached");
      const answer = await stage().replyTo(said, AGENT_ANSWER);
      expect(answer.text).toBe(AGENT_ANSWER);
      expect(stage().requestsWith(said.text)).toEqual([]);
    });
  });

  describe("in a bound chat", SCENARIOS, () => {
    talkScenarios(abilities, stage, () => chatOf(stage(), "private"));
    cardScenarios(abilities, stage, () => chatOf(stage(), "private"));
  });

  describe("in a bound group chat", SCENARIOS, () => {
    roughScenarios({ ...abilities, isLimited }, stage, () => chatOf(stage(), "group"));
  });
}

function typedApprovalScenarios(stage: () => ChannelStage, chat: () => string): void {
  test("nobody can allow a bind that nobody has asked for", async () => {
    const answer = await stage().command(chat(), "allow", /^There is no bind of yours to allow/);
    expect(answer.text).toContain("/codexchat bind");
  });
}

/** The same for what outlives the gateway, on all of its channels. */
export function overTime(opened: () => OpenStages): void {
  describe("over time", LASTING, () => {
    lastingScenarios(opened, (stage) => ({
      kept: chatOf(stage, "group"),
      left: chatOf(stage, "private"),
    }));
  });
}

function chatOf(stage: ChannelStage, kind: Kind): string {
  const chat = stage.channel.chats[kind];
  if (chat === undefined) throw new Error(`the channel has no ${kind} chat`);
  return chat;
}
