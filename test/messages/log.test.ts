/** The log is read by others than the chat: nothing that was said stands in it, whatever goes wrong. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { textInput } from "../../src/chat/turn-input.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { conversation } from "../support/conversation/conversation.js";
import { quietChat } from "../support/conversation/quiet-chat.js";
import { refuse } from "../support/conversation/scripted-codex.js";
import { until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const ADDRESS = { channel: "test", to: "test:7" };
const SAID = "the launch is on Friday";
const ANSWERED = "the budget is spent";

test("of a message, an answer, and files of both that were damaged nothing is logged", async () => {
  const { codex, chat } = await conversation();
  await chat.bind();
  const { sessionFile, data } = chat;
  const warnings: string[] = [];
  for (const folder of [`${sessionFile}.inbox`, `${sessionFile}.outbox`]) {
    // oxlint-disable-next-line no-await-in-loop
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(path.join(folder, "0001.json"), `{"text": ${SAID}}\n`, { mode: 0o600 });
  }
  const messages = new ConversationMessages({
    ...quietChat,
    sendMessage: async () => {
      throw new Error("400: Bad Request: message is refused");
    },
    pluginConfig: () => undefined,
    warn: (text) => void warnings.push(text),
  });
  onTestFinished(() => messages.stop());
  await messages.recover(path.dirname(sessionFile));
  await until(() => warnings.length >= 2);
  codex.answerOnce("turn/start", refuse(`no turn for: ${SAID}`));
  codex.repliesWith(() => ANSWERED);
  for (const messageId of ["1", "2"]) {
    // oxlint-disable-next-line no-await-in-loop
    await messages.accept({ data, input: [textInput(SAID)], address: ADDRESS, messageId });
  }
  await until(() => warnings.length >= 4);
  const left = await readdir(path.dirname(sessionFile), { recursive: true });
  expect(left.filter((name) => /0001\.json/.test(name)).length).toBeGreaterThan(0);
  expect(warnings.filter((text) => text.includes(SAID) || text.includes(ANSWERED))).toEqual([]);
});
