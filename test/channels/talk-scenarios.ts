/** What Codex and a person do in one bound chat. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { ChannelAbilities } from "../../src/chat/abilities.js";
import type { ChannelMessage } from "../support/channel-service.js";
import { png, allWidthsOf } from "../support/pictures.js";
import { Gate } from "../support/responses-api.js";
import { answerTo } from "../support/scripted-turns.js";
import { type ChannelStage, REPLY_TIMEOUT_MS } from "./stage.js";

const ALLOWED = /➡️ Allowed once\.$/;
const DENIED = /➡️ Denied\.$/;
/** A note comes after 20 s of a turn, and a busy machine takes its time. */
const NOTE_TIMEOUT_MS = 150_000;

/** Code with lines as long as programs have them. */
const CODE = Array.from(
  { length: 70 },
  (_, index) => `export const value${index} = compute(${index}, "some argument of this call");`,
);
const LONG_ANSWER = ["Here it is:", "", "```ts", ...CODE, "```", "", "That is all of it."].join(
  "\n",
);

const CALLS = "@everyone, @here, @person7001 and <@900000000000000101>: see `@everyone` in the log";

export function talkScenarios(
  abilities: ChannelAbilities,
  stage: () => ChannelStage,
  chat: () => string,
): void {
  const here = (text: string): string => stage().here(text);
  const say = (text: string): ChannelMessage => stage().say(chat(), text);

  /** Waits until the chat shows what became of a question, and nothing of it can be clicked any more. */
  const settled = async (question: ChannelMessage, after: ChannelMessage, how: RegExp) => {
    if (!abilities.edits) {
      await stage().replyTo(after, how);
      return;
    }
    const outcome = await stage().replyTo(after, new RegExp(`^❓[^]*${how.source}`));
    expect(outcome.buttons).toEqual([]);
    await stage().withoutButtons(question);
  };

  beforeAll(() => stage().bind(chat()));

  test("a command is answered while a turn runs, and the turn's answer still comes", async () => {
    const words = here("a long one");
    const gate = stage().holdTurnsAsked(words);
    const asked = say(words);
    const { threadId } = await stage().asked(words);
    const status = await stage().command(chat(), "status", new RegExp(threadId));
    expect(status.text).toMatch(/a turn is running/i);
    gate.open();
    await stage().replyTo(asked, answerTo(words));
  });

  test("a question is allowed as the channel lets one answer, and shows its outcome", async () => {
    const words = here("leave a mark");
    const file = stage().askForMark(words);
    const said = say(words);
    const question = await stage().replyTo(said, /^❓/);
    expect(question.buttons).toEqual(abilities.buttons ? ["Allow once", "Deny"] : []);
    expect(abilities.buttons && /codexchat|typing/i.test(question.text)).toBe(false);
    await settled(question, await stage().decide(question, "Allow once"), ALLOWED);
    await stage().replyTo(said, answerTo(words));
    expect(await readFile(file, "utf8")).toBe("marked");
  });

  test("a question is denied by typing, and shows its outcome", async () => {
    const words = here("leave no mark");
    const file = stage().askForMark(words);
    const said = say(words);
    const question = await stage().replyTo(said, /^❓/);
    const typed = say("/codexchat deny");
    const answer = await stage().replyTo(typed, /^(?:➡️ Denied\.|Name the question:)/);
    // A program can be faster than the channel says that it has shown the question.
    const named = /`?\/codexchat deny [0-9a-f]{6}`?/.exec(answer.text)?.[0].replaceAll("`", "");
    if (named !== undefined) say(named);
    await settled(question, typed, DENIED);
    await stage().replyTo(said, answerTo(words));
    await expect(readFile(file, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
  });

  const waitingNote = abilities.buttons ? "whose button gives" : "that says how to give";
  const longNote = abilities.edits ? "one that changes" : "one, too";
  test(`a message that waits has a note ${waitingNote} it to the running turn; a long turn has ${longNote}`, async () => {
    const words = here("a very long one");
    const gate = stage().holdTurnsAsked(words);
    const asked = say(words);
    await stage().asked(words);
    const waiting = say(here("be quick"));
    const note = await stage().replyTo(waiting, /waits|Queued|waiting/i, NOTE_TIMEOUT_MS);
    expect(note.buttons).toEqual(abilities.buttons ? ["Send to the running turn"] : []);
    const progress = await stage().replyTo(asked, /^⏳/, NOTE_TIMEOUT_MS);
    const steer = abilities.buttons
      ? stage().click(note, "Send to the running turn")
      : say("/codexchat steer");
    await stage().replyTo(steer, /^Sent to the running Codex turn/);
    gate.open();
    // The model hears of it before its answer, in the middle of it, or after it.
    await stage().replyTo(asked, new RegExp(`${answerTo(waiting.text)}$`));
    if (abilities.buttons) await stage().withoutButtons(note);
    if (!abilities.edits) return;
    const over = await stage().replyTo(asked, /^⌛ Worked for/);
    expect(over).toMatchObject({ kind: "edit", id: progress.id });
  });

  test("a long answer comes in messages none of which tears a line of code", async () => {
    const words = here("write it all");
    stage().playWhenAsked(words, [{ do: "say", text: LONG_ANSWER, phase: "final_answer" }]);
    const said = say(words);
    await stage().replyTo(said, /That is all of it\.$/);
    const lines = stage()
      .saidSince(said)
      .flatMap(({ text }) => text.split("\n"));
    expect(lines.filter((line) => line.includes("export") || line.includes("argument"))).toEqual(
      CODE,
    );
  });

  test("an answer rings nobody, whoever it names", async () => {
    const words = here("who was it");
    stage().playWhenAsked(words, [{ do: "say", text: CALLS, phase: "final_answer" }]);
    const answer = await stage().replyTo(say(words), /see .*in the log$/);
    expect(answer.pings).toEqual([]);
    expect(answer.text).toContain("@everyone");
  });

  if (abilities.files) sentFileScenarios(stage, chat);
  else unsentFileScenarios(stage, chat);

  test("a stop ends the turn", async () => {
    const words = here("never end");
    stage().playWhenAsked(words, [{ do: "hold", gate: new Gate() }]);
    const said = say(words);
    await stage().asked(words);
    await stage().command(chat(), "stop", /^Codex stop requested/);
    const stopped = await stage().replyTo(said, /^Codex was stopped/);
    expect(stopped.from).toBe("bot");
  });

  test("a picture and a file reach Codex", async () => {
    const look = here("look at this");
    const shown = stage().say(chat(), look, { picture: { name: "wide.png", bytes: png(5) } });
    await stage().replyTo(shown, new RegExp(`^${answerTo(look)}`));
    // Some channels bring a picture as a message of its own, before or after what is said of it.
    const { requests } = stage().chain.model;
    const withPicture = await requests.waitFor(
      (request) =>
        request.history.some((said) => said.includes(look)) && allWidthsOf(request).length > 0,
      { timeoutMs: REPLY_TIMEOUT_MS },
    );
    expect(allWidthsOf(withPicture)).toEqual([5]);
    const read = here("read this");
    const sent = stage().say(chat(), read, {
      file: { name: "notes.txt", bytes: Buffer.from("all is well") },
    });
    // Slack names the file in words of its own before that; other channels bring it as a message of its own.
    const handed = /^Codex heard: [^]*Attached file: (\S+\.txt)/;
    const { text } = await stage().replyTo(sent, handed);
    expect(await readFile(handed.exec(text)?.[1] ?? "", "utf8")).toBe("all is well");
  });
}

function unsentFileScenarios(stage: () => ChannelStage, chat: () => string): void {
  test("a file of the thread's folder cannot come into the chat, which is said", async () => {
    await writeFile(join(stage().chain.workspace, "unsent.txt"), "all is well");
    const answer = await stage().command(chat(), "send unsent.txt", /cannot send files/);
    expect(answer.files).toEqual([]);
  });
}

function sentFileScenarios(stage: () => ChannelStage, chat: () => string): void {
  test("a file and a picture of the thread's folder come into the chat", async () => {
    const { workspace } = stage().chain;
    await mkdir(join(workspace, "my docs"), { recursive: true });
    await writeFile(join(workspace, "my docs", "report.txt"), "all is well");
    await writeFile(join(workspace, "picture.png"), png(9));
    const first = stage().say(chat(), "/codexchat send my docs/report.txt");
    await stage().replyTo(first, /^Sent: report/);
    await stage().command(chat(), "send picture.png", /^Sent: picture/);
    const files = stage()
      .saidSince(first)
      .flatMap((message) => message.files);
    expect(files.map(({ bytes }) => bytes)).toEqual([Buffer.from("all is well"), png(9)]);
    expect(files[0]?.name).toBe("report.txt");
  });
}
