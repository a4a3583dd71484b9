/** Below an answer that links to files of the thread's folder stand buttons that send them. */
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { registerFileButtons } from "../../src/commands/file-buttons.js";
import type { ChatButton } from "../../src/chat/buttons.js";
import { textInput } from "../../src/chat/turn-input.js";
import { attachConversationMessages } from "../../src/messages/process-messages.js";
import { currentPluginConfig } from "../../src/host/plugin-host.js";
import { Clicks } from "../support/conversation/clicks.js";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { quietChat, throughHost } from "../support/conversation/quiet-chat.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const ADDRESS = { channel: "telegram", to: "telegram:7", accountId: "default" };

/** A chat whose thread has a folder with files; what it is offered below the answers that Codex gives. */
async function withFolder({ hasButtons = true } = {}) {
  const cwd = await temporaryFolder();
  await mkdir(path.join(cwd, "docs"));
  for (const name of ["notes.md", "docs/plan.md", "a.ts", "b.ts"]) {
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(path.join(cwd, name), `this is ${name}`);
  }
  const all = await boundCommands({ cwd });
  messagesOn(all.host);
  const files: string[] = [];
  all.host.channels.set("telegram", {
    sendMedia: async ({ mediaUrl }) => files.push(await readFile(String(mediaUrl), "utf8")),
  });
  const offers: ChatButton[][] = [];
  let isOffered = Promise.withResolvers<void>();
  const messages = attachConversationMessages(
    {
      ...quietChat,
      ...throughHost(all.host.api),
      hasButtons: () => hasButtons,
      sendNote: async (_address, text, buttons) => {
        if (text === "Send a file from this answer?") {
          offers.push(buttons);
          isOffered.resolve();
        }
        return { edit: async () => true };
      },
      pluginConfig: () => currentPluginConfig(all.host.api),
      warn: () => {},
    },
    "no-folder",
  );
  let said = "";
  all.codex.repliesWith(() => said);
  /** Codex answers so. */
  const answer = async (text: string): Promise<void> => {
    const before = all.host.sent.length;
    said = text;
    const data = all.chat.data;
    const input = [textInput("go on")];
    await messages.accept({ data, input, address: ADDRESS, messageId: undefined });
    await all.host.delivered(before + 1);
  };
  const offered = async (): Promise<ChatButton[]> => {
    await isOffered.promise;
    isOffered = Promise.withResolvers();
    return offers.at(-1) ?? [];
  };
  const clicks = new Clicks((api) => registerFileButtons({ ...all.host.api, ...api }));
  const press = async (
    button: ChatButton | undefined,
    options: Parameters<Clicks["click"]>[1] = {},
  ): Promise<string[]> => {
    const { args: _, ...ctx } = all.inHost.command("");
    const payload = button?.value.slice(`${clicks.namespace}:`.length) ?? "";
    return (await clicks.click(payload, { ...options, more: { ...ctx, ...options.more } })).said;
  };
  return { ...all, cwd, answer, offered, offers, press, files };
}

const labelsOf = (buttons: ChatButton[]): string[] =>
  buttons.map(({ label }) => label.replaceAll("\u2060", ""));

describe("an answer that links to files", () => {
  test("offers to send those that the chat may have, the first three", async () => {
    const { answer, offered, cwd } = await withFolder();
    await answer(
      `[notes](notes.md), [the plan](${cwd}/docs/plan.md:3), [notes](notes.md#L2), [no](gone.md), ` +
        "[web](https://example.com/x.md), `[code](b.ts)`, [a](a.ts), [b](b.ts)",
    );
    expect(labelsOf(await offered())).toEqual(["Send notes.md", "Send plan.md", "Send a.ts"]);
  });

  test("sends the file when its button is pressed, like the command", async () => {
    const { answer, offered, press, files } = await withFolder();
    await answer("See [the plan](docs/plan.md:3).");
    const [button] = await offered();
    expect((await press(button)).join().replaceAll("\u2060", "")).toMatch(/^Sent: plan\.md/);
    expect(files).toEqual(["this is docs/plan.md"]);
  });

  test("offers nothing of what lies elsewhere, be it by a link of the file system", async () => {
    const { answer, offered, offers, cwd } = await withFolder();
    const elsewhere = path.join(await temporaryFolder(), "secret.txt");
    await writeFile(elsewhere, "secret");
    await symlink(elsewhere, path.join(cwd, "link.txt"));
    await answer(`[x](${elsewhere}), [y](link.txt), [z](../secret.txt), [f](docs)`);
    await answer("[notes](notes.md)");
    expect(labelsOf(await offered())).toEqual(["Send notes.md"]);
    expect(offers).toHaveLength(1);
  });

  test("looks at the file once more when its button is pressed", async () => {
    const { answer, offered, press, files, cwd } = await withFolder();
    await answer("[notes](notes.md)");
    const [button] = await offered();
    const elsewhere = path.join(await temporaryFolder(), "secret.txt");
    await writeFile(elsewhere, "secret");
    await rm(path.join(cwd, "notes.md"));
    await symlink(elsewhere, path.join(cwd, "notes.md"));
    expect((await press(button)).join()).toMatch(/Only files inside this thread's folder/);
    expect(files).toEqual([]);
  });

  test("offers nothing in a chat without buttons", async () => {
    const { answer, offers, host } = await withFolder({ hasButtons: false });
    await answer("[notes](notes.md)");
    await answer("[a](a.ts)");
    expect(host.sent).toHaveLength(2);
    expect(offers).toEqual([]);
  });
});

describe("a press", () => {
  test.each([
    { title: "in another chat", options: { chatId: "8" } },
    { title: "by a stranger", options: { authorized: false } },
  ])("$title sends nothing", async ({ options }) => {
    const { answer, offered, press, files } = await withFolder();
    await answer("[notes](notes.md)");
    const [button] = await offered();
    expect((await press(button, options)).join()).toMatch(/no longer works|not allowed/);
    expect(files).toEqual([]);
  });

  test("after the chat has changed its thread sends nothing", async () => {
    const { answer, offered, press, files, chat, cwd } = await withFolder();
    await answer("[notes](notes.md)");
    const [button] = await offered();
    await chat.bind({ threadId: "thread-2", cwd });
    expect(await press(button)).toEqual([expect.stringMatching(/no longer works/)]);
    expect(files).toEqual([]);
  });

  test("of a button that nobody remembers sends nothing", async () => {
    const { press, files } = await withFolder();
    const forged = { label: "", value: "codexfile:AAAAAAAAAAAAAAAAAAAAAA" };
    expect(await press(forged)).toEqual([expect.stringMatching(/no longer works/)]);
    expect(files).toEqual([]);
  });
});
