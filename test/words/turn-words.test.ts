import { describe, expect, test } from "vitest";
import { CodexTurnFailedError } from "../../src/thread/turn-collector.js";
import { WorkspaceFolderError } from "../../src/thread/workspace-folder.js";
import { folderRefused } from "../../src/words/folder-words.js";
import { commandHelp, COMMANDS, noSuchCommand } from "../../src/words/command-list.js";
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

const PAGES = ["daily", "more"] as const;
const commandsOn = (help: string): string[] =>
  [...help.matchAll(/• `([a-z]+)/g)].map(([, name = ""]) => name);

test("the help's two pages have every command once, but for the one that is named when it is needed", () => {
  const named = PAGES.flatMap((page) => commandsOn(commandHelp(page)));
  const all = Object.keys(COMMANDS).filter((name) => name !== "allow");
  expect(named.toSorted()).toEqual(all.toSorted());
});

test("the help's first page names what stands on the second", () => {
  const [last = ""] = commandHelp("daily").split("\n").slice(-1);
  expect(last).toMatch(/^`help more` explains /);
  for (const name of commandsOn(commandHelp("more")))
    expect(last).toMatch(new RegExp(`\\b${name}\\b`));
});

test.each(PAGES)(
  "the help's page %s fits into one message of any channel, Discord's of 2,000 characters too",
  (page) => {
    expect(commandHelp(page).length).toBeLessThan(2000);
  },
);

test.each([17, 10, 3].flatMap((lines) => PAGES.map((page) => ({ lines, page }))))(
  "the help's page $page fits into one message of $lines lines, with every command",
  ({ lines, page }) => {
    const help = commandHelp(page, lines);
    expect(help.split("\n").length).toBeLessThanOrEqual(lines);
    expect(commandsOn(help)).toEqual(commandsOn(commandHelp(page)));
    expect(help.length).toBeLessThan(2000);
  },
);

test("the help says of stop what all adds to it", () => {
  expect(commandHelp("daily")).toContain(
    "`stop [all]`: stops what runs; all: also drops what waits",
  );
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
