/** Several app-servers as the operator sees them in a terminal. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { OPERATOR_METHODS } from "../../src/operator/facts.js";
import { clientSource } from "../support/conversation/client-source.js";
import { hostBindings } from "../support/conversation/host-bindings.js";
import { operator } from "../support/conversation/operator.js";
import { operatorGateway } from "../support/conversation/operator-gateway.js";
import { ScriptedCodex } from "../support/conversation/scripted-codex.js";

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

const CHATS = {
  own: "telegram-1aaaaaaaaaaaaaaaaaaaaaaa",
  north: "telegram-2bbbbbbbbbbbbbbbbbbbbbbb",
  east: "telegram-3ccccccccccccccccccccccc",
};

/** A Codex that has its one thread, under this title. */
function hasThread(codex: ScriptedCodex, id: string, title: string): void {
  codex.serverVersion = "0.171.0";
  const thread = { id, name: title, preview: "", cwd: "/w", updatedAt: 0 };
  codex.answer("account/read", () => ({ account: { type: "apiKey" }, requiresOpenaiAuth: true }));
  codex.answer("thread/read", () => ({ thread }));
  codex.answer("thread/list", () => ({ data: [thread], nextCursor: null }));
}

/** A chat on the default server, one on north, and one on east, which is not in the settings. */
async function threeChats() {
  const all = await operator();
  const { bind, codex, folder, host } = all;
  const work = path.join(folder, "work");
  await mkdir(work);
  const north = new ScriptedCodex();
  hasThread(codex, "thread-own", "Own work");
  hasThread(north, "thread-north", "Work up north");
  clientSource.serveOn("north", north);
  host.pluginConfig = { servers: { north: {} } };
  await bind(CHATS.own, "5001", { threadId: "thread-own", cwd: work });
  await bind(CHATS.north, "5002", { threadId: "thread-north", cwd: work, server: "north" });
  await bind(CHATS.east, "5003", { threadId: "thread-east", cwd: work, server: "east" });
  for (const conversationId of ["5001", "5002", "5003"]) {
    const place = { channel: "telegram", accountId: "default", conversationId };
    hostBindings.hold({ kind: "codex-app-server-session" }, "/plugin", { place });
  }
  operatorGateway.run(host);
  return { ...all, north };
}

test("list names each chat's server, and asks each server for its own threads' titles", async () => {
  const { json } = await threeChats();
  expect((await json(["list"])).chats).toMatchObject([
    { session: CHATS.own, server: "local", title: "Own work" },
    { session: CHATS.north, server: "north", title: "Work up north" },
    { session: CHATS.east, server: "east" },
  ]);
});

test("the doctor asks each server, and finds a chat whose server has left the settings", async () => {
  const { codex, json, north } = await threeChats();
  const { about, findings } = await json(["doctor"]);
  expect(about).toContain("server north (Codex 0.171.0, signed in with an API key)");
  expect(findings).toMatchObject([
    {
      check: "server-gone",
      session: CHATS.east,
      problem: expect.stringContaining("on the server east, which is no longer in the settings"),
    },
  ]);
  for (const [each, id] of [
    [codex, "thread-own"],
    [north, "thread-north"],
  ] as const) {
    expect(each.of("thread/read").map(({ params }) => params["threadId"])).toEqual([id]);
  }
});

test("the doctor names the server that cannot be used, and the one whose settings cannot", async () => {
  const { host, json } = await threeChats();
  host.pluginConfig = { servers: { north: {}, east: { mode: "full" } } };
  clientSource.serveOn("north", new CodexLocalError("START_FAILED", "ssh could not log in"));
  expect((await json(["doctor"])).findings).toMatchObject([
    {
      check: "codex",
      problem: expect.stringMatching(/^Codex \(servers\.north\) cannot be used .*could not log in/),
      run: expect.stringContaining("servers.north.command"),
    },
    { check: "settings", problem: expect.stringContaining("servers.east.mode") },
  ]);
});

/** What Codex answers when it is asked for the turns of a thread in which this was said. */
const turn = (text: string) => ({
  data: [{ id: "turn-1", status: "completed", items: [{ type: "agentMessage", id: "i", text }] }],
  nextCursor: null,
});

test("a page reads a chat's thread from the server that it is on", async () => {
  const { codex, north } = await threeChats();
  codex.answer("thread/turns/list", () => turn("from the default server"));
  north.answer("thread/turns/list", () => turn("from up north"));
  const answer = await operatorGateway.call(OPERATOR_METHODS.thread, { chat: CHATS.north }, []);
  expect(answer).toMatchObject({
    turns: [{ items: [{ kind: "said", said: { text: "from up north" } }] }],
  });
});
