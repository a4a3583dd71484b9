/** The thread in hand: scenarios of the thread commands, on a stage that others use too. */
import { expect, test } from "vitest";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, botSays, boundLines, inOrder, type Stage } from "./stage.js";

export const IN_HAND = 2009;

export function threadCommandScenarios(stage: () => Stage): void {
  test("a thread is named, copied, found in a list and taken up again by its button", async () => {
    const command = (text: string, answer: RegExp) =>
      stage().replyTo(stage().say(IN_HAND, `/codexchat ${text}`), answer);
    await stage().bind(IN_HAND);
    await stage().talk(IN_HAND, "about whales");
    await command("rename Whale work", /called “Whale work”/);
    await command("fork", /in a copy/);
    await stage().talk(IN_HAND, "in the copy");
    const list = await command("threads WHALE", /^Codex threads matching “WHALE”/);
    expect(list.text).toMatch(/this chat/);
    const button = list.buttons.flat().find(({ text }) => text.endsWith("Whale work"));
    const click = stage().chain.telegram.person.click(list, button?.text ?? "no button");
    await stage().replyTo(click, /resumed/);
    await stage().talk(IN_HAND, "in the original");

    const [request] = stage().requestsWith("in the original");
    expect(request?.history).toEqual(["about whales", "in the original"]);
    expect(stage().readChat(IN_HAND)).toEqual([
      ...boundLines(),
      "person: about whales",
      `bot: ${answerTo("about whales")}`,
      "person: /codexchat rename Whale work",
      botSays(/called “Whale work”/),
      "person: /codexchat fork",
      botSays(/in a copy/),
      "person: in the copy",
      `bot: ${answerTo("in the copy")}`,
      "person: /codexchat threads WHALE",
      botSays(/^Codex threads matching/),
      `person: ${button?.text}`,
      botSays(/resumed/),
      "person: in the original",
      `bot: ${answerTo("in the original")}`,
    ]);
  });

  test("a waiting message is listed and dropped; a compaction and a review tell their ends", async () => {
    const command = (text: string, answer: RegExp) =>
      stage().replyTo(stage().say(IN_HAND, `/codexchat ${text}`), answer);
    const said = async (text: string, answer: RegExp): Promise<TranscriptEntry> => {
      const entry = stage().say(IN_HAND, `/codexchat ${text}`);
      await stage().replyTo(entry, answer);
      return entry;
    };
    const before = stage().readChat(IN_HAND).length;
    const gate = stage().holdTurnsAsked("a held one");
    const held = stage().say(IN_HAND, "a held one");
    await stage().chain.model.waitForRequest(/^a held one$/);
    const waiting = stage().say(IN_HAND, "a waiting one");
    await stage().taken(waiting);
    await command("queue", /\n2\. a waiting one\n/);
    await command("queue drop 2", /^Dropped from the queue, .+ “a waiting one”$/);
    gate.open();
    await stage().replyTo(held, answerTo("a held one"));
    const compact = await said("compact", /^Compacting the thread/);
    await stage().replyTo(compact, /^The thread is compacted[^]*Context: \d+ % used/);
    const review = await said("review", /^Codex is reviewing/);
    await stage().replyTo(review, /^Codex heard: Review the current code changes/);

    expect(stage().requestsWith("a waiting one")).toEqual([]);
    const lines = inOrder(
      stage().readChat(IN_HAND).slice(before),
      [/^bot: Compacting/, /^bot: The thread is compacted/],
      [/^bot: Codex is reviewing/, /^bot: Codex heard: Review/],
    );
    expect(lines).toEqual([
      "person: a held one",
      "person: a waiting one",
      "person: /codexchat queue",
      botSays(/^1 message waiting/),
      "person: /codexchat queue drop 2",
      botSays(/^Dropped from/),
      `bot: ${answerTo("a held one")}`,
      "person: /codexchat compact",
      botSays(/^Compacting the thread/),
      botSays(/^The thread is compacted/),
      "person: /codexchat review",
      botSays(/^Codex is reviewing the uncommitted changes/),
      botSays(/^Codex heard: Review/),
    ]);
  });
}
