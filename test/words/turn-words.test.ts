import { describe, expect, test } from "vitest";
import { CodexTurnFailedError } from "../../src/thread/turn-collector.js";
import { WorkspaceFolderError } from "../../src/thread/workspace-folder.js";
import { folderRefused } from "../../src/words/folder-words.js";
import { commandHelp, noSuchCommand } from "../../src/words/command-list.js";
import { queueWords } from "../../src/words/queue-words.js";
import { turnWords } from "../../src/words/turn-words.js";

describe("what is not ours is harmless in every sentence that it comes into", () => {
  const EVIL = "<!channel> @everyone **[x](https://evil.example)**\nsecond line";
  const error = new CodexTurnFailedError(EVIL);

  test.each([
    ["turnFailed", turnWords.turnFailed(error)],
    ["bindFailed", turnWords.bindFailed(error)],
    ["commandFailed", turnWords.commandFailed("status", error)],
    ["hostCannotBind", turnWords.hostCannotBind(EVIL)],
    ["bound", turnWords.bound({ threadId: EVIL, cwd: EVIL, resumed: true })],
    ["detached", turnWords.detached({ threadId: EVIL, stopped: false })],
    ...(["missing", "outside", "relative", "operators"] as const).map((code) => [
      `folderRefused: ${code}`,
      folderRefused(new WorkspaceFolderError(code, EVIL)),
    ]),
    ["modelSet", turnWords.modelSet(EVIL)],
    ["modelIs", turnWords.modelIs(EVIL)],
    ["noSuchCommand", noSuchCommand(EVIL, undefined)],
  ])("%s", (_name, sentence) => {
    expect(sentence).not.toMatch(/<!|@everyone|\*\*|\]\(|:\/\/|evil\.example|\nsecond/);
  });
});

test("the help fits into one message of any channel, Discord's of 2,000 characters too", () => {
  expect(commandHelp().length).toBeLessThan(2000);
});

test.each([17, 10, 2])(
  "the help fits into one message of %d lines, with every command",
  (lines) => {
    const help = commandHelp(lines);
    expect(help.split("\n").length).toBeLessThanOrEqual(lines);
    expect(help.match(/• `[a-z]+/g)).toHaveLength(commandHelp().split("\n").length - 1);
    expect(help.length).toBeLessThan(2000);
  },
);

test("the help says of stop what all adds to it", () => {
  expect(commandHelp()).toContain("`stop [all]`: stops what runs; all: also drops what waits");
});

test("a message for which there is no room names the command that makes some", () => {
  expect(turnWords.queueFull(20)).toMatch(/^20 messages are waiting .*\/codexchat stop all/);
});

test("whoever allows a bind is told how to end it", () => {
  expect(turnWords.bindSummary("/repo")).toBe(
    "Codex will answer every message here, working in /repo. /codexchat detach ends that.",
  );
});

test.each([
  [1, false, "1 message is still waiting and runs next. `/codexchat stop all` drops it."],
  [2, false, "2 messages are still waiting and run next. `/codexchat stop all` drops them."],
  [2, true, "2 messages are on hold. `/codexchat stop all` drops them."],
])(
  "a stop with %i messages behind it, on hold: %s, tells how they stand",
  (waiting, isHeld, said) => {
    expect(queueWords.stoppedOne("Stopped.", waiting, { isHeld })).toBe(`Stopped. ${said}`);
  },
);
