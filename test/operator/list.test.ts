import { chmod, stat, writeFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { audit } from "../../src/host/audit.js";
import {
  codexAppServerBindingFile,
  writeCodexAppServerBinding,
} from "../../src/thread/thread-binding.js";
import { columnsOf } from "../../src/words/terminal-table.js";
import { operator } from "../support/conversation/operator.js";
import { operatorGateway } from "../support/conversation/operator-gateway.js";
import { opened } from "../support/conversation/questions.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/gateway-runtime",
  () => import("../support/conversation/operator-gateway.js"),
);

const ONE = "telegram-1aaaaaaaaaaaaaaaaaaaaaaa";
const TWO = "telegram-2bbbbbbbbbbbbbbbbbbbbbbb";

describe("openclaw codexchat list", () => {
  test("asks the gateway with the right to read, and tells of each chat what runs and its thread's title", async () => {
    const { bind, codex, host, json } = await operator();
    const folder = "/repo/one";
    const sessionFile = await bind(ONE, "5001", { threadId: "thread-1", cwd: folder });
    await bind(TWO, "5002", { threadId: "thread-2" });
    const { handle } = opened(sessionFile);
    codex.answer("thread/list", () => ({
      data: [{ id: "thread-1", name: "Fix the login", cwd: folder, updatedAt: 1 }],
    }));
    codex.answer("thread/read", () => ({ thread: { id: "thread-2", preview: "Say hello" } }));
    operatorGateway.run(host);

    const list = await json(["list"]);

    expect(operatorGateway.asked).toEqual([
      { method: "codexchat.list", params: {}, scopes: ["operator.read"] },
    ]);
    expect(operatorGateway.scopeOf("codexchat.list")).toBe("operator.read");
    expect(list).toMatchObject({
      version: 1,
      gateway: "answered",
      chats: [
        {
          session: ONE,
          channel: "telegram",
          account: "default",
          chat: "5001",
          thread: "thread-1",
          title: "Fix the login",
          folder,
          server: "local",
          state: "asks",
          questions: [handle],
        },
        { session: TWO, chat: "5002", title: "Say hello", state: "idle", waiting: 0 },
      ],
    });
  });

  test("reads for a page the chats that have changed only, and asks Codex for no titles then", async () => {
    const { bind, codex, host } = await operator();
    await bind(ONE, "5001", { threadId: "thread-1" });
    await bind(TWO, "5002", { threadId: "thread-2" });
    operatorGateway.run(host);
    const params = { sessions: [TWO, "telegram-gone"], titles: false, follow: true };

    const list = await operatorGateway.call("codexchat.list", params, ["operator.read"]);

    expect(list).toEqual({ chats: [expect.objectContaining({ session: TWO, state: "idle" })] });
    expect(codex.calls.map(({ method }) => method)).not.toContain("thread/list");
  });

  test("reads what is stored if the gateway does not run, says so, and changes no file", async () => {
    const { bind, run, json } = await operator();
    const sessionFile = await bind(ONE, "5001");
    const file = codexAppServerBindingFile(sessionFile);
    await chmod(file, 0o644);

    const { out, notes, exitCode } = await run(["list"]);

    expect(exitCode).toBe(0);
    expect(out).toMatch(/^telegram-1aaaaaaa +5001 +unknown +just now$/m);
    expect(notes).toContain("The gateway did not answer (Gateway not reachable at");
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await json(["list"])).toMatchObject({
      gateway: "away",
      chats: [{ session: ONE, state: "unknown" }],
    });
  });

  test("reads what is stored if the gateway's plugin does not know the method", async () => {
    const { bind, json, run } = await operator();
    await bind(ONE, "5001");
    operatorGateway.answer = { nothing: "of that" };
    expect(await json(["list"])).toMatchObject({ gateway: "refused", chats: [{ session: ONE }] });
    expect((await run(["list"])).notes).toMatch(/^The gateway said no \(/);
  });

  test("tells a chat without a thread, and a thread without a chat", async () => {
    const { bind, host, json, sessionFile } = await operator();
    const lost = await bind(ONE, "5001");
    await writeFile(codexAppServerBindingFile(lost), "no JSON");
    await writeCodexAppServerBinding(sessionFile(TWO), { threadId: "thread-2", cwd: "/repo" });
    operatorGateway.run(host);
    const { chats } = await json(["list"]);
    expect(chats).toMatchObject([
      { session: ONE, state: "lost" },
      { session: TWO, channel: "telegram", state: "stranded" },
    ]);
  });

  test("leaves out a bind that nobody can allow any more", async () => {
    const { host, json, sessionFile } = await operator();
    const asked = { threadId: "thread-2", cwd: "/repo", askedIn: "an earlier process" };
    await writeCodexAppServerBinding(sessionFile(TWO), asked);
    operatorGateway.run(host);
    expect(await json(["list"])).toMatchObject({ chats: [] });
  });

  test("says how to bind one if no chat is bound", async () => {
    const { host, run } = await operator();
    operatorGateway.run(host);
    expect(await run(["list"])).toEqual({
      out: "No chat is bound to Codex. Send /codexchat bind in a chat to bind it.\n",
      notes: "",
      exitCode: 0,
    });
  });

  test("types as much of a session as tells it from the others", async () => {
    const { bind, host, run } = await operator();
    await bind("telegram-1aaaaaaa1", "5001");
    await bind("telegram-1aaaaaaa2", "5002");
    operatorGateway.run(host);
    expect((await run(["list"])).out).toMatch(/^telegram-1aaaaaaa1 [^]*^telegram-1aaaaaaa2 /m);
  });

  test("lets nothing of a hostile title or folder reach the terminal, and stays within 80 columns", async () => {
    const { bind, codex, host, run } = await operator();
    const evil = `\u001B]0;owned\u0007\u001B[2Jx\u202Eyz\u0085\r\n${"\u65E5".repeat(5000)}`;
    await bind(ONE, "5001", { threadId: "thread-1", cwd: `/repo/${evil}` });
    codex.answer("thread/list", () => ({
      data: [{ id: "thread-1", name: evil, cwd: "/repo", updatedAt: 1 }],
    }));
    operatorGateway.run(host);

    const table = await run(["list"]);
    const written = await run(["list"], { json: true });

    for (const { out } of [table, written, await run(["show", ONE])]) {
      expect(out).not.toMatch(/(?!\n)[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
    }
    const widths = table.out.split("\n").map(columnsOf);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
    const read: unknown = JSON.parse(written.out);
    expect(read).toMatchObject({ chats: [{ title: evil, folder: `/repo/${evil}` }] });
  });

  test("tells no secret of the settings", async () => {
    const { bind, host, run } = await operator();
    host.pluginConfig = {
      appServer: {
        transport: "websocket",
        url: "ws://someone:a-secret@codex.example:8080/path?key=a-secret",
        authToken: "a-secret",
        headers: { "x-key": "a-secret" },
      },
    };
    await bind(ONE, "5001");
    operatorGateway.run(host);
    const { out } = await run(["list"], { json: true });
    expect(out).toContain('"server": "codex.example:8080"');
    expect(out + (await run(["show", ONE], { json: true })).out).not.toContain("a-secret");
  });
});

describe("openclaw codexchat show", () => {
  test.each([ONE, "telegram-1", "thread-1", "5001"])("finds the chat by %s", async (name) => {
    const { bind, host, json } = await operator();
    await bind(ONE, "5001", { threadId: "thread-1", model: "gpt-x", effort: "high" });
    await bind(TWO, "5002");
    operatorGateway.run(host);
    expect(await json(["show", name])).toMatchObject({
      version: 1,
      gateway: "answered",
      chat: {
        session: ONE,
        thread: "thread-1",
        model: "gpt-x",
        effort: "high",
        permissions: "ask",
      },
    });
  });

  test("tells who had the chat bound, by the audit log", async () => {
    const { bind, host, run } = await operator();
    const session = await bind(ONE, "5001", { threadId: "thread-1" });
    const bound = { event: "bind", session, outcome: "thread-1", by: "command" } as const;
    await audit(host.api, { ...bound, senderId: "77" });
    await audit(host.api, { ...bound, event: "permissions", senderId: "78" });
    operatorGateway.run(host);
    expect((await run(["show", ONE])).out).toMatch(/^Bound by +77$/m);
  });

  test("says why the thread's file cannot be read", async () => {
    const { bind, host, run } = await operator();
    await writeFile(codexAppServerBindingFile(await bind(ONE, "5001")), "no JSON");
    operatorGateway.run(host);
    const { out } = await run(["show", ONE]);
    expect(out).toMatch(/^State +lost$/m);
    expect(out).toMatch(/^Problem +it is not JSON$/m);
  });

  test("fails if no chat is called so, and if several are", async () => {
    const { bind, host, run, json } = await operator();
    await bind(ONE, "5001");
    await bind(TWO, "5002");
    operatorGateway.run(host);
    expect(await run(["show", "9"])).toEqual({
      out: "",
      notes: "No bound chat is called 9. Run: openclaw codexchat list\n",
      exitCode: 1,
    });
    expect(await run(["show", "telegram-"])).toEqual({
      out: "",
      notes: `Several chats begin with telegram-. Type more of it:\n  ${ONE}\n  ${TWO}\n`,
      exitCode: 1,
    });
    expect(await json(["show", "telegram-"])).toEqual({
      version: 1,
      error: { found: "several", sessions: [ONE, TWO] },
    });
  });
});
