/** Several app-servers: which one a chat's thread is on. */
import { describe, expect, test, vi } from "vitest";
import { readCodexConversationBindingData } from "../../src/host/binding-data.js";
import { permissionsOfMode } from "../../src/app-server/permissions.js";
import {
  readCodexAppServerBinding,
  updateCodexAppServerBinding,
} from "../../src/thread/thread-binding.js";
import { clientSource } from "../support/conversation/client-source.js";
import { ScriptedCodex } from "../support/conversation/scripted-codex.js";
import { boundCommands, commands } from "../support/conversation/commands.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const SERVERS = { north: { command: "codex-north" }, south: { command: "codex-south" } };

/** Of the app-servers that were asked for, since the chat was made. */
const asked = (): (string | undefined)[] =>
  clientSource.requests.map(({ startOptions }) => startOptions.server);

async function unbound() {
  const all = await commands();
  all.host.pluginConfig = { servers: SERVERS };
  return all;
}

async function bound(binding: Parameters<typeof boundCommands>[0] = {}) {
  const all = await boundCommands(binding);
  all.host.pluginConfig = { servers: SERVERS };
  return all;
}

describe("bind --on", () => {
  test("begins the thread on the named server, which the question and both stored bindings name", async () => {
    const { say, inHost, sessionFile } = await unbound();
    await say("bind --on North");
    expect(asked()).toEqual(["north"]);
    expect(clientSource.requests[0]?.startOptions.command).toBe("codex-north");
    const [request] = inHost.requests;
    expect(request?.summary).toContain(" on the server north. ");
    expect(readCodexConversationBindingData({ data: request?.data ?? {} })?.server).toBe("north");
    expect(await readCodexAppServerBinding(sessionFile())).toMatchObject({ server: "north" });
  });

  test("default begins it on appServer's, and no stored binding names that", async () => {
    const { say, inHost, sessionFile } = await unbound();
    await say("bind --on default");
    expect(asked()).toEqual([undefined]);
    expect(inHost.requests[0]?.data).not.toHaveProperty("server");
    expect(await readCodexAppServerBinding(sessionFile())).not.toHaveProperty("server");
  });

  test("of a server that there is not says which there are, and begins nothing", async () => {
    const { say, inHost, codex } = await unbound();
    expect(await say("bind --on east")).toBe(
      "There is no Codex server `east`. Use one of these: `default`, `north`, `south`.",
    );
    expect(inHost.requests).toEqual([]);
    expect(codex.of("thread/start")).toEqual([]);
  });

  test("where there is only one says so", async () => {
    const { say } = await commands();
    expect(await say("bind --on north")).toBe(
      "This gateway has only one Codex server, so leave `--on` out.",
    );
  });

  test("THREAD-ID takes up the thread on that server", async () => {
    const { say, codex, sessionFile } = await unbound();
    expect(await say("bind t1 --on south")).toMatch(
      /^Codex could not be bound: Codex on the server south has no thread with this id.*`--on NAME`/,
    );
    codex.stored.add("t1");
    await say("bind t1 --on south");
    expect(new Set(asked())).toEqual(new Set(["south"]));
    expect(codex.of("thread/resume").at(-1)?.params).toMatchObject({ threadId: "t1" });
    expect(await readCodexAppServerBinding(sessionFile())).toMatchObject({ server: "south" });
  });
});

describe("a chat that is bound", () => {
  test("stays on its server with new, resume and a plain bind", async () => {
    const { say, chat, codex } = await bound({ server: "north", cwd: "" });
    codex.stored.add("t2");
    for (const typed of ["new", "resume t2", "bind"]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await say(typed)).toMatch(/^Server: north$/m);
      // oxlint-disable-next-line no-await-in-loop
      expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({ server: "north" });
    }
    expect(new Set(asked())).toEqual(new Set(["north"]));
  });

  test("moves with new --on, without the model and the folder that it had elsewhere", async () => {
    const { say, chat, codex } = await bound({ server: "north", model: "m1", cwd: "/north" });
    expect(await say("new --on south")).toMatch(/^Server: south$/m);
    expect(codex.only("thread/start").params).not.toMatchObject({ model: "m1" });
    expect(codex.only("thread/start").params).not.toMatchObject({ cwd: "/north" });
    expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({ server: "south" });
    expect(await say("new --on default")).toMatch(/^Server: default$/m);
    expect(await readCodexAppServerBinding(chat.sessionFile)).not.toHaveProperty("server");
  });

  test("keeps its thread if new --on names a server that there is not", async () => {
    const { say, codex, chat } = await bound({ server: "north" });
    expect(await say("new --on soutth")).toMatch(/^There is no Codex server `soutth`\./);
    expect(codex.of("thread/start")).toEqual([]);
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1", server: "north" });
  });

  test("moves without permissions and a service tier that the other server's settings do not allow", async () => {
    const { say, chat, host } = await bound({
      server: "north",
      cwd: "",
      ...permissionsOfMode("yolo"),
      serviceTier: "fast",
    });
    const south = new ScriptedCodex();
    clientSource.serveOn("south", south);
    host.pluginConfig = { servers: { north: { mode: "yolo" }, south: { mode: "ask" } } };
    // What is chosen until the answer comes was chosen on the server that the chat leaves, too.
    south.answerOnce("thread/start", async ({ cwd }) => {
      await updateCodexAppServerBinding(chat.sessionFile, { serviceTier: "flex" });
      return { thread: { id: "t-south" }, cwd };
    });
    expect(await say("new --on south")).toMatch(/^Server: south$/m);
    const { params } = south.only("thread/start");
    expect(params).toMatchObject({ approvalPolicy: "on-request", approvalsReviewer: "user" });
    expect(params).not.toHaveProperty("serviceTier");
    const binding = await readCodexAppServerBinding(chat.sessionFile);
    for (const choice of ["approvalPolicy", "approvalsReviewer", "sandbox", "serviceTier"]) {
      expect(binding).not.toHaveProperty(choice);
    }
  });

  test("keeps permissions on a move that the other server's settings allow, and every choice on its own server", async () => {
    const { say, chat, host } = await bound({
      server: "north",
      cwd: "",
      ...permissionsOfMode("ask"),
      serviceTier: "fast",
    });
    host.pluginConfig = { servers: { north: { mode: "yolo" }, south: { mode: "yolo" } } };
    await say("new");
    expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({
      ...permissionsOfMode("ask"),
      serviceTier: "fast",
    });
    await say("new --on south");
    expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({
      server: "south",
      ...permissionsOfMode("ask"),
    });
  });

  test("has to confirm a reset of the limits on each server, whose account pays for it", async () => {
    const { say, codex, host } = await bound({ server: "north", cwd: "" });
    const south = new ScriptedCodex();
    clientSource.serveOn("south", south);
    host.sections = { commands: { ownerAllowFrom: ["telegram:7"] } };
    for (const each of [codex, south]) {
      each.answer("account/rateLimits/read", () => ({
        rateLimits: {},
        rateLimitResetCredits: { availableCount: 2, credits: null },
      }));
      each.answer("account/rateLimitResetCredit/consume", () => ({ outcome: "reset" }));
    }
    const owner = { senderId: "7" };
    await say("limits reset", owner);
    await say("new --on south", owner);
    expect(await say("limits reset yes", owner)).toMatch(/To do it, send/);
    expect(south.of("account/rateLimitResetCredit/consume")).toEqual([]);
    await say("limits reset yes", owner);
    await say("new --on north", owner);
    await say("limits reset yes", owner);
    const keys = [south, codex].map(
      (each) => each.only("account/rateLimitResetCredit/consume").params["idempotencyKey"],
    );
    expect(new Set(keys).size).toBe(2);
  });

  test("asks its own server for threads, models and limits, and another one when it is named", async () => {
    const { say, codex } = await bound({ server: "south" });
    codex.answer("thread/list", () => ({
      data: [{ id: "t1", name: "Whale work", preview: "", cwd: "/w", updatedAt: 0 }],
      nextCursor: null,
    }));
    for (const typed of ["threads", "models", "limits", "status"]) {
      // oxlint-disable-next-line no-await-in-loop
      await say(typed);
    }
    expect(new Set(asked())).toEqual(new Set(["south"]));
    expect(await say("threads --on north")).toContain("`/codexchat resume t1 --on north`");
    expect(asked().at(-1)).toBe("north");
  });

  test("is told on detach how its thread continues on its server", async () => {
    const { say } = await bound({ server: "north" });
    expect(await say("detach")).toContain("`/codexchat bind thread-1 --on north` continues it.");
  });

  test("steers and stops the turn on the server that it runs on, also after it has moved to another one", async () => {
    const { say, chat, codex } = await bound({ server: "north", cwd: "" });
    const south = new ScriptedCodex();
    clientSource.serveOn("south", south);
    const answered = chat.say("work", { pluginConfig: { servers: SERVERS } });
    const turn = await codex.turn();
    await say("new --on south");
    expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({ server: "south" });
    await say("steer turn left");
    expect(codex.only("turn/steer").params).toMatchObject({ expectedTurnId: turn.turnId });
    await say("stop");
    expect((await codex.called("turn/interrupt")).params).toMatchObject({ turnId: turn.turnId });
    turn.end({ status: "interrupted" });
    await answered;
    expect(south.of("turn/steer")).toEqual([]);
  });

  test("is shown its server by status where there are several, and not where there is one", async () => {
    const { say, host } = await bound();
    expect(await say("status")).toMatch(/^Server: default$/m);
    host.pluginConfig = {};
    expect(await say("status")).not.toContain("Server:");
  });

  test("whose server has left the settings is told so by each command, and nothing is asked elsewhere", async () => {
    const { say, chat } = await bound({ server: "east" });
    for (const typed of ["threads", "new", "models", "history"]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await say(typed)).toMatch(/`east`, which is no longer in the settings/);
    }
    expect(asked()).toEqual([]);
    expect(await say("new --on south")).toMatch(/^Server: south$/m);
    expect(await readCodexAppServerBinding(chat.sessionFile)).toMatchObject({ server: "south" });
  });
});

describe("servers", () => {
  test("lists the names, and which one is this chat's", async () => {
    const { say } = await bound({ server: "north" });
    expect(await say("servers")).toBe(
      [
        "Codex servers:",
        "• default",
        "• north (this chat)",
        "• south",
        "`/codexchat new --on NAME` starts a new thread on one of them.",
      ].join("\n"),
    );
    expect(asked()).toEqual([]);
  });

  test("where there is only one says so", async () => {
    const { say } = await boundCommands();
    expect(await say("servers")).toBe("This gateway has one Codex server.");
  });

  test("tells owners what is known of each without starting any", async () => {
    const { say, host } = await bound({ server: "north" });
    host.pluginConfig = { servers: { north: {}, bad: { mode: "full" } } };
    host.sections = { commands: { ownerAllowFrom: ["telegram:7"] } };
    const told = await say("servers", { senderId: "7" });
    expect(told.split("\n").slice(0, 4)).toEqual([
      "Codex servers:",
      "• default: not connected until a chat needs it, 0 chats",
      "• north (this chat): not connected until a chat needs it, 0 chats",
      expect.stringMatching(/^• bad: Invalid setting servers\.bad\.mode: /),
    ]);
    expect(asked()).toEqual([]);
  });
});
