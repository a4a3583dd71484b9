import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { audit, auditFile } from "../../src/host/audit.js";
import { readBoundConversation } from "../../src/host/bound-conversation.js";
import { wasDetached } from "../../src/host/detach.js";
import { trackCodexConversationActiveTurn } from "../../src/messages/control.js";
import {
  readCodexAppServerBinding,
  writeCodexAppServerBinding,
} from "../../src/thread/thread-binding.js";
import { columnsOf } from "../../src/words/terminal-table.js";
import { hostBindings } from "../support/conversation/host-bindings.js";
import { messagesOn } from "../support/conversation/messages.js";
import { operator } from "../support/conversation/operator.js";
import { operatorGateway } from "../support/conversation/operator-gateway.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);
vi.mock(
  "openclaw/plugin-sdk/gateway-runtime",
  () => import("../support/conversation/operator-gateway.js"),
);

const ONE = "telegram-1aaaaaaaaaaaaaaaaaaaaaaa";
const TWO = "telegram-2bbbbbbbbbbbbbbbbbbbbbbb";
const PLACE = { channel: "telegram", accountId: "default", conversationId: "5001" };

/** A gateway that has one chat bound. */
async function bound() {
  const all = await operator();
  const sessionFile = await all.bind(ONE, "5001", { threadId: "thread-1" });
  hostBindings.hold({ kind: "codex-app-server-session" }, "/plugin", { place: PLACE });
  operatorGateway.run(all.host);
  return { ...all, sessionFile };
}

async function auditLog(stateDir: string): Promise<unknown[]> {
  const lines = (await readFile(auditFile(stateDir), "utf8")).trim().split("\n");
  return lines.map((line): unknown => JSON.parse(line));
}

describe("openclaw codexchat detach", () => {
  test("has the gateway free the chat, with the right to write, and says how to continue its thread", async () => {
    const { run, sessionFile } = await bound();

    const printed = await run(["detach", "5001"]);

    expect(printed).toEqual({
      out: `${ONE} is detached from Codex.\nIts thread is kept. In a chat: /codexchat bind thread-1\n`,
      notes: "",
      exitCode: 0,
    });
    expect(operatorGateway.asked).toEqual([
      { method: "codexchat.detach", params: { chat: "5001" }, scopes: ["operator.write"] },
    ]);
    expect(operatorGateway.scopeOf("codexchat.detach")).toBe("operator.write");
    expect(hostBindings.record(PLACE)).toBeNull();
    expect(await readCodexAppServerBinding(sessionFile)).toBeUndefined();
    expect(await readBoundConversation(sessionFile)).toBeUndefined();
    expect(await wasDetached(sessionFile)).toBe(true);
  });

  test("stays detached if OpenClaw frees the chat in memory and throws, as on Telegram", async () => {
    const { json, sessionFile } = await bound();
    vi.spyOn(hostBindings, "service", "get").mockReturnValue({
      resolveByConversation: () => hostBindings.record(PLACE),
      unbind: async () => {
        hostBindings.drop(PLACE);
        throw new Error("Telegram runtime not initialized");
      },
    });
    expect(await json(["detach", ONE])).toEqual({
      version: 1,
      gateway: "answered",
      detached: { session: ONE, thread: "thread-1", stopped: false },
    });
    expect(await wasDetached(sessionFile)).toBe(true);
    vi.restoreAllMocks();
  });

  test("notes in the audit log who did it, and no secret", async () => {
    const { host, run, sessionFile } = await bound();
    operatorGateway.client = {
      connect: {
        client: { id: "cli" },
        device: { id: "device-1" },
        auth: { token: "a-secret-token" },
      },
    };
    await run(["detach", ONE]);
    const log = await auditLog(host.stateDir);
    expect(log).toMatchObject([
      {
        event: "detach",
        by: "operator",
        channel: "cli",
        senderId: "device-1",
        session: ONE,
        chat: "5001",
        outcome: "thread-1",
      },
    ]);
    expect(JSON.stringify(log)).not.toContain("a-secret-token");
    expect(sessionFile).toContain(ONE);
  });

  test("tells the chat and notes it in the audit log even if Codex does not let its turn be stopped", async () => {
    const { codex, host, run, sessionFile } = await bound();
    messagesOn(host);
    const turn = { sessionFile, threadId: "thread-1", turnId: "turn-1" };
    onTestFinished(trackCodexConversationActiveTurn(turn));
    codex.answer("turn/interrupt", refuse("not now"));

    const { exitCode } = await run(["detach", ONE]);

    expect(exitCode).toBe(1);
    expect(await auditLog(host.stateDir)).toMatchObject([{ event: "detach", outcome: "thread-1" }]);
    await host.delivered();
    expect(host.sent.map(({ to, text }) => [to, text])).toEqual([
      [
        "telegram:5001",
        "The operator detached this chat from Codex.\nThe thread is kept: `/codexchat bind thread-1` continues it.",
      ],
    ]);
  });

  test("gives back the thread of a chat that OpenClaw does not have bound", async () => {
    const { host, json, sessionFile } = await operator();
    await writeCodexAppServerBinding(sessionFile(TWO), { threadId: "thread-2", cwd: "/repo" });
    operatorGateway.run(host);
    expect(await json(["detach", TWO])).toMatchObject({
      detached: { session: TWO, thread: "thread-2", stopped: false },
    });
    expect(await readCodexAppServerBinding(sessionFile(TWO))).toBeUndefined();
  });

  test("detaches nothing if the gateway does not run, and says what to run", async () => {
    const { run, sessionFile } = await bound();
    operatorGateway.reset();
    const { out, notes, exitCode } = await run(["detach", ONE]);
    expect({ out, exitCode }).toEqual({ out: "", exitCode: 1 });
    expect(notes).toMatch(/^The gateway did not answer \(/);
    expect(notes).toContain("start it and run this again: openclaw gateway start\n");
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject({ threadId: "thread-1" });
    expect(await wasDetached(sessionFile)).toBe(false);
  });

  test.each([
    new Error("missing scope: operator.write"),
    // OpenClaw 2026.6.11, of a terminal that is approved for less.
    Object.assign(new Error("gateway closed (1008): pairing required: device is asking for more"), {
      name: "GatewayTransportError",
      code: 1008,
    }),
  ])(
    "says so if the gateway refuses, and how to see what became of the chat: %s",
    async (error) => {
      const { run, json } = await bound();
      vi.spyOn(operatorGateway, "call").mockRejectedValue(error);
      const { out, notes, exitCode } = await run(["detach", ONE]);
      expect({ out, exitCode }).toEqual({ out: "", exitCode: 1 });
      expect(notes).toMatch(/^The gateway did not detach the chat: \S/);
      expect(notes).toContain("openclaw devices list");
      expect(notes).toContain("openclaw codexchat list");
      expect(await json(["detach", ONE])).toEqual({ version: 1, error: { gateway: "refused" } });
      vi.restoreAllMocks();
    },
  );

  test("detaches nothing if no chat is meant, or more than one", async () => {
    const { bind, run, sessionFile } = await bound();
    await bind(TWO, "5002");
    expect((await run(["detach", "telegram-"])).exitCode).toBe(1);
    expect((await run(["detach", "9"])).exitCode).toBe(1);
    expect((await run(["detach", ""])).exitCode).toBe(1);
    expect(await readCodexAppServerBinding(sessionFile)).toMatchObject({ threadId: "thread-1" });
  });
});

/** An audit log of three lines. */
async function withLog() {
  const all = await operator();
  const { host, sessionFile } = all;
  const entry = { session: sessionFile(ONE), by: "command", channel: "telegram" } as const;
  await audit(host.api, {
    ...entry,
    event: "bind",
    chat: "telegram:5001",
    senderId: "7",
    outcome: "thread-1",
  });
  await audit(host.api, {
    ...entry,
    event: "decision",
    outcome: "Allow once",
    text: "rm -r build",
  });
  await audit(host.api, { ...entry, session: sessionFile(TWO), event: "detach", outcome: "" });
  return all;
}

describe("openclaw codexchat audit", () => {
  test("shows the newest lines last, within 80 columns", async () => {
    const { host, run } = await withLog();
    operatorGateway.run(host);
    const { out } = await run(["audit"]);
    expect(out.match(/(?:bind|decision|detach) /g)).toEqual(["bind ", "decision ", "detach "]);
    expect(out).toContain("\n  rm -r build\n");
    expect(Math.max(...out.split("\n").map(columnsOf))).toBeLessThanOrEqual(80);
    expect(operatorGateway.asked).toMatchObject([{ scopes: ["operator.read"] }]);
  });

  test.each([
    [{ limit: "1" }, ["detach"]],
    [{ event: "bind" }, ["bind"]],
    [{ chat: "telegram-1" }, ["bind", "decision"]],
    [{ chat: "5001" }, ["bind"]],
    [{ chat: "5" }, []],
  ])("filters by %j", async (options, events) => {
    const { host, json } = await withLog();
    operatorGateway.run(host);
    const { lines } = await json(["audit"], options);
    expect(lines).toMatchObject(events.map((event) => ({ event })));
  });

  test("reads the log itself if the gateway does not run, the older files too, and what a crash has cut off aside", async () => {
    const { host, json } = await withLog();
    const file = auditFile(host.stateDir);
    await rename(file, `${file}.1`);
    await writeFile(file, '{"at":"2026-11-27T00:00:00.000Z","event":"put', { mode: 0o644 });
    expect(await json(["audit"], { limit: "2" })).toMatchObject({
      gateway: "away",
      lines: [{ event: "decision", text: "rm -r build" }, { event: "detach" }],
    });
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  test.each(["0", "-1", "1.5", "many", "1001"])("takes no limit of %s", async (limit) => {
    const { run } = await withLog();
    expect(await run(["audit"], { limit })).toEqual({
      out: "",
      notes: "--limit takes a number from 1 to 1000.\n",
      exitCode: 1,
    });
  });

  test("lets nothing of a hostile command reach the terminal", async () => {
    const { host, run, sessionFile } = await operator();
    const text = `printf '\u001B[2J'\u202E\u009B31m ${"x".repeat(5000)}`;
    await audit(host.api, {
      session: sessionFile(ONE),
      by: "click",
      event: "decision",
      outcome: text,
      text,
    });
    for (const options of [{}, { json: true }]) {
      // oxlint-disable-next-line no-await-in-loop
      const { out } = await run(["audit"], options);
      expect(out).not.toMatch(/(?!\n)[\p{Cc}\u202A-\u202E]/u);
    }
  });
});
