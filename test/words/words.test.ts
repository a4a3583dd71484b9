import { describe, expect, test } from "vitest";
import { CodexTurnFailedError } from "../../src/conversation-turn-collector.js";
import { commandHelp, words } from "../../src/words/words.js";

describe("what is not ours is harmless in every sentence that it comes into", () => {
  const EVIL = "<!channel> @everyone **[x](https://evil.example)**\nsecond line";
  const error = new CodexTurnFailedError(EVIL);

  test.each([
    ["turnFailed", words.turnFailed(error)],
    ["bindFailed", words.bindFailed(error)],
    ["commandFailed", words.commandFailed("status", error)],
    ["hostCannotBind", words.hostCannotBind(EVIL)],
    ["bound", words.bound({ threadId: EVIL, cwd: EVIL, resumed: true })],
    ["detached", words.detached({ threadId: EVIL, stopped: false })],
    ["folderMissing", words.folderMissing(EVIL)],
    ["folderOutside", words.folderOutside(EVIL)],
    ["folderRelative", words.folderRelative(EVIL)],
    ["modelSet", words.modelSet(EVIL)],
    ["modelIs", words.modelIs(EVIL)],
    ["help", commandHelp(EVIL)],
  ])("%s", (_name, sentence) => {
    expect(sentence).not.toMatch(/<!|@everyone|\*\*|\]\(|:\/\/|evil\.example|\nsecond/);
  });
});

test("the help fits into one message of any channel", () => {
  expect(commandHelp().length).toBeLessThan(2000);
});
