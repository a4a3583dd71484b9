/** Two accounts of one channel, in which a chat of the same id is bound. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import { answerTo } from "../support/scripted-turns.js";
import type { ChannelStage } from "./stage.js";

export function accountScenarios(first: () => ChannelStage, second: () => ChannelStage): void {
  test("each have their own thread, questions and end", async () => {
    const chat = first().channel.chats.private;
    await first().haveBound(chat);
    await second().bind(chat);
    const [toFirst, toSecond] = [first().here("this is for"), second().here("this is for")];
    await Promise.all([first().talk(chat, toFirst), second().talk(chat, toSecond)]);
    const [ofFirst] = first().requestsWith(toFirst);
    const [ofSecond] = second().requestsWith(toSecond);
    expect(ofSecond?.threadId).not.toBe(ofFirst?.threadId);
    expect(ofSecond?.history).toEqual([toSecond]);

    const words = second().here("leave a mark");
    const file = second().askForMark(words);
    const said = second().say(chat, words);
    const question = await second().replyTo(said, /^❓/);
    await first().command(chat, "approve", /^Codex isn't asking anything/);
    second().click(question, "Allow once");
    await second().replyTo(said, answerTo(words));
    expect(await readFile(file, "utf8")).toBe("marked");

    await second().detach(chat);
    await first().talk(chat, first().here("still there"));
    const gone = second().say(chat, second().here("still there"));
    await second().replyTo(gone, AGENT_ANSWER);
    expect(second().requestsWith(gone.text)).toEqual([]);
  });
}
