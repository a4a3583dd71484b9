/** Codex asks, the person answers: the scenarios of approvals, on a stage that others use too. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Gate } from "../support/responses-api.js";
import { questionIdOf } from "../support/question-id.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, botSays, boundLines, type Stage } from "./stage.js";

export const ASKED = 2008;
const STRANGER = 9001;

const JUSTIFICATION = "To leave a mark";
const REASON = "not on a Friday";
/** What Codex is told of the reason of a refusal. */
const REASON_TOLD = `The person declined the last request and says: ${REASON}`;

type Mark = { command: string; file: string; gate: Gate };

/** When it is asked this, the model wants to leave a file in the workspace, and then waits for the gate. */
function askForMark(stage: Stage, said: string): Mark {
  const file = join(stage.chain.workspace, `${said.replaceAll(" ", "-")}.txt`);
  const command = `printf %s marked > ${file}`;
  const gate = new Gate();
  stage.playWhenAsked(said, [
    { do: "shell", command, justification: JUSTIFICATION },
    { do: "hold", gate },
    { do: "say", text: answerTo(said), phase: "final_answer" },
  ]);
  return { command, file, gate };
}

/** The question as it stands in the chat, without the shell that Codex wraps the command into. */
function questionAbout({ command }: Mark, ending?: string): unknown {
  const shown = command.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = `\n${shown}\n\n+Folder: [^\n]*\nReason: ${JUSTIFICATION}`;
  const end = ending === undefined ? "" : `\n+${ending}`;
  return botSays(new RegExp(`^❓ Codex wants to run a command:\n${lines}${end}$`));
}

function idOf({ text, buttons }: TranscriptEntry): string {
  const id = questionIdOf({ text, buttons: buttons.flat().map(({ data }) => data) });
  if (id === undefined) throw new Error("it is no question");
  return id;
}

const labelsOf = (message: TranscriptEntry): string[] =>
  message.buttons.flat().map(({ text }) => text);

const nothing = { code: "ENOENT" };

export function approvalScenarios(stage: () => Stage, group: number, member: number): void {
  const asked = (said: TranscriptEntry): Promise<TranscriptEntry> => stage().questionAfter(said);

  test("a command that is allowed by a button runs, and the question shows its outcome", async () => {
    await stage().bind(ASKED);
    const mark = askForMark(stage(), "leave a mark");
    const said = stage().say(ASKED, "leave a mark");
    const question = await asked(said);
    expect(labelsOf(question)).toEqual(expect.arrayContaining(["Allow once", "Deny"]));
    await expect(readFile(mark.file, "utf8")).rejects.toMatchObject(nothing);

    const click = stage().chain.telegram.person.click(question, "Allow once");
    const outcome = await stage().replyTo(click, /^❓/);
    expect(outcome).toMatchObject({ kind: "edit", messageId: question.messageId, buttons: [] });
    mark.gate.open();
    await stage().replyTo(said, answerTo("leave a mark"));

    expect(await readFile(mark.file, "utf8")).toBe("marked");
    const chat = stage().readChat(ASKED);
    expect(chat).toEqual([
      ...boundLines(),
      "person: leave a mark",
      questionAbout(mark),
      "person: Allow once",
      questionAbout(mark, "➡️ Allowed once\\."),
      `bot: ${answerTo("leave a mark")}`,
    ]);
    expect(chat.join("\n")).not.toContain("```");
  });

  test("a command that is denied with a reason does not run, and the model hears why", async () => {
    const before = stage().readChat(ASKED).length;
    const mark = askForMark(stage(), "another mark");
    // The reason reaches the model with the refusal or just after it.
    stage().playWhenAsked(REASON_TOLD, [
      { do: "say", text: answerTo("another mark"), phase: "final_answer" },
    ]);
    const said = stage().say(ASKED, "another mark");
    const question = await asked(said);
    const typed = `/codexchat deny ${idOf(question)} ${REASON}`;
    const denied = stage().say(ASKED, typed);
    await stage().replyTo(denied, "➡️ Denied.");
    await stage().replyTo(denied, /^❓.*\n[^]*➡️ Denied\.$/);
    mark.gate.open();
    await stage().replyTo(said, answerTo("another mark"));
    const told = stage().requestsWith("another mark").at(-1);
    // A tap that comes late changes nothing, and the question shows already what became of it.
    stage().chain.telegram.person.click(question, "Allow once");
    await stage().talk(ASKED, "and on");

    await expect(readFile(mark.file, "utf8")).rejects.toMatchObject(nothing);
    expect(told?.history.slice(-2)).toEqual(["another mark", REASON_TOLD]);
    expect(JSON.stringify(told?.body["input"])).toMatch(/reject|denied|declin/i);
    const lines = stage().readChat(ASKED).slice(before);
    expect(lines).toHaveLength(9);
    // The answer to whoever typed and the change of the question come in either order.
    expect(lines).toEqual(
      expect.arrayContaining([
        "person: another mark",
        questionAbout(mark),
        `person: ${typed}`,
        "bot: ➡️ Denied.",
        questionAbout(mark, "➡️ Denied\\."),
        `bot: ${answerTo("another mark")}`,
        "person: Allow once",
        "person: and on",
        `bot: ${answerTo("and on")}`,
      ]),
    );
  });

  test("a turn that is stopped takes its question along", async () => {
    const before = stage().readChat(ASKED).length;
    const mark = askForMark(stage(), "a third mark");
    const said = stage().say(ASKED, "a third mark");
    const question = await asked(said);
    const stop = stage().say(ASKED, "/codexchat stop");
    await stage().replyTo(stop, "Codex stop requested.");
    await stage().replyTo(stop, /^Codex was stopped/);
    await stage().replyTo(stop, /^❓[^]*➡️ Not answered: its turn has ended\.$/);
    const late = stage().chain.telegram.person.click(question, "Allow once");
    await stage().replyTo(late, /no longer open/);
    await stage().talk(ASKED, "go on");

    await expect(readFile(mark.file, "utf8")).rejects.toMatchObject(nothing);
    const lines = stage().readChat(ASKED).slice(before);
    expect(lines).toHaveLength(10);
    // The word that it is being stopped and the turn's own end come in either order.
    expect(lines).toEqual(
      expect.arrayContaining([
        "person: a third mark",
        questionAbout(mark),
        "person: /codexchat stop",
        botSays(/stop/i),
        botSays(/^Codex was stopped/),
        questionAbout(mark, "➡️ Not answered: its turn has ended\\."),
        "person: Allow once",
        botSays(/no longer open/),
        "person: go on",
        `bot: ${answerTo("go on")}`,
      ]),
    );
  });

  test("in a group only those who may command can answer", async () => {
    await stage().bind(group, member);
    const before = stage().readChat(group).length;
    const mark = askForMark(stage(), "a mark for all");
    const said = stage().say(group, "a mark for all", member);
    const question = await asked(said);
    const { person } = stage().chain.telegram;
    const foreign = person.click(question, "Allow once", STRANGER);
    await stage().replyTo(foreign, /not allowed/);
    await stage().replyTo(person.click(question, "Deny", member), /➡️ Denied\.$/);
    mark.gate.open();
    await stage().replyTo(said, answerTo("a mark for all"));

    await expect(readFile(mark.file, "utf8")).rejects.toMatchObject(nothing);
    expect(stage().readChat(group).slice(before)).toEqual([
      "person: a mark for all",
      questionAbout(mark),
      "person: Allow once",
      botSays(/not allowed/),
      "person: Deny",
      questionAbout(mark, "➡️ Denied\\."),
      `bot: ${answerTo("a mark for all")}`,
    ]);
  });
}
