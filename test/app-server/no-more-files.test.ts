/** What happens where the system allows no more open files. */
import type * as childProcess from "node:child_process";
import { EventEmitter } from "node:events";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ConversationInbox, type InboxMessage } from "../../src/messages/inbox.js";
import { textInput } from "../../src/chat/turn-input.js";
import { CodexProcess } from "../../src/app-server/process.js";
import type * as privateFiles from "../../src/host/private-files.js";
import {
  readCodexAppServerBinding,
  writeCodexAppServerBinding,
} from "../../src/thread/thread-binding.js";
import type { CodexAppServerStartOptions } from "../../src/app-server/start-options.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";
import { unhandledDuring } from "../support/conversation/settled.js";

const files = vi.hoisted(() => ({ left: true }));

function noMoreFiles(): Error {
  return Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
}

// As Node 24 does it: no streams, and the reason as an event.
vi.mock("node:child_process", async (importOriginal) => ({
  ...(await importOriginal<typeof childProcess>()),
  spawn: () => {
    const child = new EventEmitter();
    setImmediate(() => child.emit("error", noMoreFiles()));
    return child;
  },
}));

vi.mock("../../src/host/private-files.js", async (importOriginal) => {
  const original = await importOriginal<typeof privateFiles>();
  return {
    ...original,
    readPrivateFile: (file: string) =>
      files.left ? original.readPrivateFile(file) : Promise.reject(noMoreFiles()),
  };
});

beforeEach(() => {
  files.left = true;
});

test("an app-server that gets no process fails to start, and harms nobody", async () => {
  const options: CodexAppServerStartOptions = {
    transport: "stdio",
    command: "codex",
    commandSource: "default",
    args: [],
    headers: {},
    clearEnv: [],
  };
  const unhandled = await unhandledDuring(async () => {
    expect(() => new CodexProcess(options)).toThrow(/no more open files/);
    await new Promise((resolve) => void setImmediate(resolve));
  });
  expect(unhandled).toEqual([]);
});

describe("a file that cannot be read for that reason", () => {
  test("stays as it is where it holds a binding, and the change of it fails", async () => {
    const folder = await temporaryFolder();
    const sessionFile = path.join(folder, "chat");
    await writeCodexAppServerBinding(sessionFile, { threadId: "thread-1", cwd: "/repo" });
    files.left = false;
    const change = writeCodexAppServerBinding(sessionFile, { threadId: "thread-2", cwd: "/repo" });
    await expect(change).rejects.toThrow("EMFILE");
    files.left = true;
    expect(await readdir(folder)).toEqual(["chat.codex-app-server.json"]);
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject({ threadId: "thread-1" });
  });

  test("stays as it is where it holds a message, which waits for the next start", async () => {
    const sessionFile = path.join(await temporaryFolder(), "chat");
    const message: InboxMessage = {
      id: "ours",
      acceptedAt: Date.now(),
      workspaceDir: "/repo",
      bindingCreatedAt: "",
      address: { channel: "telegram", to: "telegram:7" },
      input: [textInput("hi")],
      stage: { name: "waiting" },
    };
    await new ConversationInbox(() => {}).accept(sessionFile, "m1", message);
    const warnings: string[] = [];
    files.left = false;
    const inbox = new ConversationInbox((text) => void warnings.push(text));
    expect(await inbox.recover(sessionFile)).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/waits: .*EMFILE/)]);
    files.left = true;
    expect(await inbox.recover(sessionFile)).toMatchObject([{ message: { id: "ours" } }]);
  });
});
