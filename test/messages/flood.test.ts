/** A Codex that asks a thousand times at once, over a real wire. */
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectCodexAppServer } from "../../src/app-server/connect.js";
import { textInput } from "../../src/chat/turn-input.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import { openQuestions } from "../../src/questions/board.js";
import { clientSource } from "../support/conversation/client-source.js";
import { conversation } from "../support/conversation/conversation.js";
import { quietChat, sendsText } from "../support/conversation/quiet-chat.js";
import { until } from "../support/conversation/settled.js";
import { Journal } from "../support/journal.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const HOSTILE = fileURLToPath(new URL("../support/hostile-codex.mjs", import.meta.url));
const AMPLE = { timeoutMs: 60_000 };
const ADDRESS = { channel: "test", to: "test:7" };

test("a chat has twenty of its questions, hears once of the rest, and can end it all", async () => {
  const { chat } = await conversation();
  await chat.bind({ threadId: "hostile-thread" });
  const client = connectCodexAppServer(
    {
      transport: "stdio",
      command: process.execPath,
      commandSource: "config",
      args: [HOSTILE],
      headers: {},
      clearEnv: [],
    },
    {},
  );
  onTestFinished(() => client.close());
  await client.initialize(AMPLE);
  clientSource.serve(client);
  const sent = new Journal<string>("what the chat got", (text) => text);
  const asked: string[] = [];
  const audited: string[] = [];
  const messages = new ConversationMessages({
    ...quietChat,
    sendMessage: sendsText((_address, text) => sent.append(text)),
    sendNote: async (_address, text) => {
      asked.push(text);
      return { edit: async () => true };
    },
    audit: ({ event }) => void audited.push(event),
    pluginConfig: () => undefined,
    warn: () => {},
  });
  onTestFinished(() => messages.stop());
  const { data, sessionFile } = chat;
  const input = [textInput("go")];
  await messages.accept({ data, input, address: ADDRESS, messageId: "1" });
  await sent.waitFor((text) => text.includes("Codex is asking too much"));
  expect(openQuestions(sessionFile)).toHaveLength(20);
  // All others are declined at once.
  const answered = (): Promise<unknown> => client.request("hostile/answered", {}, AMPLE);
  await until(async () => isDeepStrictEqual(await answered(), { answered: 980 }));
  expect((await stopCodexConversationTurn({ sessionFile })).stopped).toBe(true);
  await sent.waitFor((text) => text.startsWith("Codex was stopped"));
  expect(await answered()).toEqual({ answered: 1000 });
  expect(asked.filter((text) => text.startsWith("❓"))).toHaveLength(20);
  expect(sent.entries.filter((text) => text.includes("Codex is asking too much"))).toHaveLength(1);
  expect(audited.length).toBeLessThanOrEqual(22);
  expect(openQuestions(sessionFile)).toEqual([]);
});
