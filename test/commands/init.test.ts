/** `/codexchat init`. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

test("has Codex write AGENTS.md in a turn of its own, whose answer comes into the chat", async () => {
  const { say, codex, host } = await boundCommands({ cwd: await temporaryFolder() });
  messagesOn(host);
  expect(await say("init")).toMatch(/^Codex looks around and writes AGENTS\.md\./);
  const turn = await codex.turn();
  expect(turn.params["input"]).toMatchObject([
    { type: "text", text: expect.stringMatching(/^Write a file AGENTS\.md in the root/) },
  ]);
  turn.reply("It is written.");
  await host.delivered();
  expect(host.sent.map(({ text }) => text)).toEqual(["It is written."]);
});

test("starts nothing if there is an AGENTS.md", async () => {
  const cwd = await temporaryFolder();
  await writeFile(path.join(cwd, "AGENTS.md"), "# Ours");
  const { say, codex, host } = await boundCommands({ cwd });
  messagesOn(host);
  expect(await say("init")).toMatch(/^There is an AGENTS\.md in the thread's folder already\./);
  expect(codex.of("turn/start")).toEqual([]);
});

test("init with words shows the usage", async () => {
  const { say } = await boundCommands();
  expect(await say("init now")).toMatch(/Usage: /);
});
