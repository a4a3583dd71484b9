/** The contract of channels: what a bound chat can rely on, whatever its channel. */
import { describe, expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import { wordsOf } from "../support/person-words.js";
import { lastingScenarios } from "./lasting-scenarios.js";
import { answerTo, type ChannelStage } from "./stage.js";
import { talkScenarios } from "./talk-scenarios.js";

const SCENARIO_TIMEOUT_MS = 90_000;
/** A gateway is started, or a plugin installed, in the middle. */
const RESTART_TIMEOUT_MS = 180_000;

type Kind = "private" | "group" | "thread";

/**
 * `kinds` are the kinds of chats that the channel has; `filesIn` is whether its stand-in can hand it a person's files.
 */
export function channelScenarios(
  stage: () => ChannelStage,
  kinds: readonly Kind[],
  { filesIn = true } = {},
): void {
  describe.each(kinds)("in a %s chat", { timeout: SCENARIO_TIMEOUT_MS }, (kind) => {
    const chat = (): string => chatOf(stage(), kind);

    test("a bind that is denied leaves it with OpenClaw's agent", async () => {
      await stage().deny(chat());
      const said = stage().say(chat(), `denied in ${kind}`);
      const answer = await stage().replyTo(said, AGENT_ANSWER);
      expect(answer.text).toBe(AGENT_ANSWER);
      expect(stage().requestsWith(said.text)).toEqual([]);
    });

    test("a bind that is allowed brings each message to Codex, in order", async () => {
      await stage().bind(chat());
      const gate = stage().holdTurnsAsked(`first in ${kind}`);
      const first = stage().say(chat(), `first in ${kind}`);
      await stage().asked(first.text);
      const second = stage().say(chat(), `second in ${kind}`);
      gate.open();
      await stage().replyTo(first, answerTo(`first in ${kind}`));
      await stage().replyTo(second, answerTo(`second in ${kind}`));
      const [request] = stage().requestsWith(`second in ${kind}`);
      expect(request?.history.map(wordsOf)).toEqual([`first in ${kind}`, `second in ${kind}`]);
    });

    test("a detach gives it back to OpenClaw's agent", async () => {
      await stage().detach(chat());
      const said = stage().say(chat(), `detached in ${kind}`);
      const answer = await stage().replyTo(said, AGENT_ANSWER);
      expect(answer.text).toBe(AGENT_ANSWER);
      expect(stage().requestsWith(said.text)).toEqual([]);
    });
  });

  const privateChat = (): string => chatOf(stage(), "private");

  describe("in a bound chat", { timeout: SCENARIO_TIMEOUT_MS }, () => {
    talkScenarios(stage, privateChat, { filesIn });
  });

  describe("over time", { timeout: RESTART_TIMEOUT_MS }, () => {
    lastingScenarios(stage, () => chatOf(stage(), "group"), privateChat);
  });
}

function chatOf(stage: ChannelStage, kind: Kind): string {
  const chat = stage.channel.chats[kind];
  if (chat === undefined) throw new Error(`the channel has no ${kind} chat`);
  return chat;
}
