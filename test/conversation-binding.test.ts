import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { PluginConversationBindingResolvedEvent } from "openclaw/plugin-sdk/plugin-entry";
import { describe, expect, test, vi } from "vitest";
import { CodexLocalError } from "../src/app-server/errors.js";
import { stopCodexConversationTurn } from "../src/messages/control.js";
import {
  codexAppServerBindingFile,
  writeCodexAppServerBinding,
} from "../src/thread/thread-binding.js";
import {
  handleCodexConversationBindingResolved,
  handleCodexConversationInboundClaim,
  startCodexConversationThread,
  type CodexConversationReply,
} from "../src/conversation-binding.js";
import { enqueueConversationTurn, queuedConversationTurns } from "../src/messages/queue.js";
import { mediaWords } from "../src/words/media-words.js";
import { hostBinding, message, type Chat } from "./support/conversation/chat.js";
import { clientSource } from "./support/conversation/client-source.js";
import { refuse } from "./support/conversation/scripted-codex.js";
import { conversation } from "./support/conversation/conversation.js";
import { settled, unhandledDuring, until } from "./support/conversation/settled.js";

vi.mock(
  "../src/app-server/shared-client.js",
  () => import("./support/conversation/shared-client.js"),
);

/** The state folder's files with their bytes. */
async function stateOf(chat: Chat): Promise<Record<string, string>> {
  const folder = path.dirname(chat.sessionFile);
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
}

function resolved(
  status: "approved" | "denied",
  data: Record<string, unknown> | undefined,
): PluginConversationBindingResolvedEvent {
  return {
    status,
    decision: status === "denied" ? "deny" : "allow-once",
    request: {
      conversation: { channel: "telegram", accountId: "default", conversationId: "telegram:7" },
      ...(data === undefined ? {} : { data }),
    },
  };
}

describe("whether a message is taken", () => {
  test("a conversation without a binding is not ours", async () => {
    const { codex } = await conversation();
    expect(await handleCodexConversationInboundClaim(message("hi"), {})).toBeUndefined();
    expect(codex.calls).toEqual([]);
  });

  test.each([{ kind: "other" }, { version: 2 }, { sessionFile: " " }])(
    "a binding with data that is not ours is not ours: %o",
    async (change) => {
      const { codex, chat } = await conversation();
      const pluginBinding = hostBinding({ ...chat.data, ...change });
      expect(
        await handleCodexConversationInboundClaim(message("hi"), { pluginBinding }),
      ).toBeUndefined();
      expect(codex.calls).toEqual([]);
    },
  );

  test("a binding without data is not ours", async () => {
    await conversation();
    const pluginBinding = hostBinding(undefined);
    expect(
      await handleCodexConversationInboundClaim(message("hi"), { pluginBinding }),
    ).toBeUndefined();
  });

  test.each([{ commandAuthorized: false }, { commandAuthorized: undefined }])(
    "a sender without leave is silently refused, and Codex not even asked for: %o",
    async ({ commandAuthorized }) => {
      const { chat } = await conversation();
      await chat.bind();
      const { commandAuthorized: _, ...event } = message("hi");
      const unauthorised =
        commandAuthorized === undefined ? event : { ...event, commandAuthorized };
      const delivered: CodexConversationReply[] = [];
      expect(await chat.claim(unauthorised)).toEqual({ handled: true });
      expect(
        await chat.claim(unauthorised, { deliver: (reply) => void delivered.push(reply) }),
      ).toEqual({ handled: true });
      await settled();
      expect(clientSource.requests).toEqual([]);
      expect(delivered).toEqual([]);
      expect(queuedConversationTurns(chat.sessionFile)).toBe(0);
    },
  );

  test("a message without words and without an attachment does nothing", async () => {
    const { chat } = await conversation();
    await chat.bind();
    expect(await chat.claim(message(" \n", { bodyForAgent: "\t" }))).toEqual({ handled: true });
    expect(await chat.claim(message("", { media: [{}] }))).toEqual({ handled: true });
    expect(clientSource.requests).toEqual([]);
  });

  test("a message with nothing that Codex can take is answered without Codex", async () => {
    const { chat } = await conversation();
    await chat.bind();
    const voice = message("", { media: [{ path: "/media/voice.ogg", kind: "audio" }] });
    const text = mediaWords.soundNeedsTranscript;
    expect(await chat.claim(voice)).toEqual({ handled: true, reply: { text } });
    const delivered: CodexConversationReply[] = [];
    await chat.claim(voice, { deliver: (reply) => void delivered.push(reply) });
    await settled();
    expect(delivered).toEqual([{ text }]);
    expect(clientSource.requests).toEqual([]);
  });

  test("a link to a picture never reaches Codex, which would refuse the turn", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => turn.prompt);
    const media = [{ url: "http://127.0.0.1:1/cat.png", kind: "image" }] as const;
    expect(await chat.say(message("Look", { media: [...media] }))).toMatch(
      /^Look\n\n\(A picture could not be fetched: 127\.0\.0\.1:1: /,
    );
    expect(codex.only("turn/start").params.input).toHaveLength(1);
  });

  test("the words are the agent's body, or the content where that is blank, trimmed", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `<${turn.prompt}>`);
    expect(await chat.say(message("content", { bodyForAgent: " for the agent\n" }))).toBe(
      "<for the agent>",
    );
    expect(await chat.say(message(" content ", { bodyForAgent: "  " }))).toBe("<content>");
    expect(await chat.say(message(" content "))).toBe("<content>");
  });

  test("a picture without words runs", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith(() => "A cat.");
    const media = [{ path: "/media/cat.png", contentType: "image/png" }];
    expect(await chat.say(message("", { media }))).toBe("A cat.");
    expect(codex.only("turn/start").params.input).toEqual([
      { type: "localImage", path: "/media/cat.png" },
    ]);
  });
});

describe("turns of one conversation and of several", () => {
  test("run one after another for one session, each with its own answer", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("first");
    const second = chat.say("second");
    const turn = await codex.turn(1);
    await settled();
    expect(codex.of("turn/start")).toHaveLength(1);
    expect(turn.prompt).toBe("first");
    expect(queuedConversationTurns(chat.sessionFile)).toBe(2);

    turn.reply("answer to first");
    expect(await first).toBe("answer to first");
    (await codex.turn(2)).reply("answer to second");
    expect(await second).toBe("answer to second");
    expect(codex.turns.map(({ prompt }) => prompt)).toEqual(["first", "second"]);
    await settled();
    expect(queuedConversationTurns(chat.sessionFile)).toBe(0);
  });

  test("run at the same time for different sessions, and never mix", async () => {
    const { codex, chat } = await conversation();
    const other = chat.other("other");
    await chat.bind({ threadId: "thread-1" });
    await other.bind({ threadId: "thread-2" });
    const [mine, theirs] = [chat.say("mine"), other.say("theirs")];
    await codex.turn(2);
    const turns = new Map(codex.turns.map((turn) => [turn.threadId, turn]));
    turns.get("thread-2")?.reply("answer to theirs");
    expect(await theirs).toBe("answer to theirs");
    turns.get("thread-1")?.reply("answer to mine");
    expect(await mine).toBe("answer to mine");
  });

  test("go on after one that failed", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("first");
    const second = chat.say("second");
    (await codex.turn(1)).fail("no luck");
    expect(await first).toBe("Codex app-server turn failed: no luck");
    (await codex.turn(2)).reply("fine");
    expect(await second).toBe("fine");
  });

  test("are refused beyond the longest queue, in a sentence that says what to do", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const options = { pluginConfig: { turn: { maxQueued: 1 } } };
    const running = chat.say("runs", options);
    const waiting = chat.say("waits", options);
    expect(await chat.say("too many", options)).toMatch(/^1 messages? .*\/codexchat stop/);
    (await codex.turn(1)).reply("1");
    (await codex.turn(2)).reply("2");
    expect([await running, await waiting]).toEqual(["1", "2"]);
    expect(codex.turns).toHaveLength(2);
  });
});

describe("a message that comes while a turn runs, under whileRunning: steer", () => {
  const STEER = { pluginConfig: { turn: { whileRunning: "steer" } } };

  test("goes into the running turn, with its pictures, and gets no reply of its own", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const reply = chat.say("first", STEER);
    const turn = await codex.turn();
    await settled();
    const media = [{ path: "/media/cat.png", contentType: "image/png" }];
    expect(await chat.claim(message("second", { media }), STEER)).toEqual({ handled: true });
    expect(codex.only("turn/steer").params).toEqual({
      threadId: "thread-1",
      expectedTurnId: turn.turnId,
      input: [
        { type: "text", text: "second", text_elements: [] },
        { type: "localImage", path: "/media/cat.png" },
      ],
    });
    turn.reply("To both.");
    expect(await reply).toBe("To both.");
    expect(codex.turns).toHaveLength(1);
  });

  test("goes into the turn that is being begun once that runs, as does the next, in their order", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.unload("thread-1");
    const loaded = Promise.withResolvers<void>();
    codex.answerOnce("thread/resume", async () => {
      await loaded.promise;
      codex.loaded.add("thread-1");
      return { thread: { id: "thread-1" }, cwd: "/repo" };
    });
    const first = chat.say("first", STEER);
    await codex.called("thread/resume");
    const later = [chat.claim("second", STEER), chat.claim("third", STEER)];
    await settled();
    loaded.resolve();
    const turn = await codex.turn();
    expect(await Promise.all(later)).toEqual([{ handled: true }, { handled: true }]);
    turn.reply("To all three.");
    expect(await first).toBe("To all three.");
    const steered = codex.of("turn/steer").map(({ params }) => params.input);
    expect(steered).toMatchObject([[{ text: "second" }], [{ text: "third" }]]);
    expect(codex.turns).toHaveLength(1);
  });

  test("brings no link to a picture into the turn either", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const reply = chat.say("first", STEER);
    const turn = await codex.turn();
    await settled();
    const media = [{ url: "http://127.0.0.1:1/cat.png", kind: "image" as const }];
    await chat.claim(message("second", { media }), STEER);
    expect(codex.only("turn/steer").params.input).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^second\n\n\(A picture could not/) }),
    ]);
    turn.reply("To both.");
    await reply;
  });

  test("delivers nothing of its own", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const reply = chat.say("first", STEER);
    const turn = await codex.turn();
    await settled();
    const delivered: CodexConversationReply[] = [];
    const deliver = (text: CodexConversationReply): void => void delivered.push(text);
    await chat.claim("second", { ...STEER, deliver });
    await codex.called("turn/steer");
    turn.reply("To both.");
    await reply;
    await settled();
    expect(delivered).toEqual([]);
  });

  test.each(["no active turn to steer", "expected active turn id `a` but found `b`", "broken"])(
    "has a turn of its own where it cannot be steered in: %s",
    async (refusal) => {
      const { codex, chat } = await conversation();
      await chat.bind();
      codex.answer("turn/steer", refuse(refusal));
      const first = chat.say("first", STEER);
      const turn = await codex.turn(1);
      await settled();
      const second = chat.say("second", STEER);
      await codex.called("turn/steer");
      turn.reply("One.");
      (await codex.turn(2)).reply("Two.");
      expect([await first, await second]).toEqual(["One.", "Two."]);
    },
  );

  test.each([
    new CodexLocalError("CONNECTION_CLOSED", "The Codex app-server ended by SIGKILL."),
    new CodexLocalError("REQUEST_TIMEOUT", "Codex did not answer turn/steer within 60 s."),
  ])("that Codex may have is not run again, and its answer says so: $code", async (lost) => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("turn/steer", () => {
      throw lost;
    });
    const first = chat.say("first", STEER);
    const turn = await codex.turn(1);
    await settled();
    expect(await chat.say("second", STEER)).toMatch(
      /^Codex app-server turn failed: .*and may have\. Wait for the turn's answer before you send it again$/,
    );
    turn.reply("One.");
    expect(await first).toBe("One.");
    expect(codex.turns).toHaveLength(1);
  });

  test("keeps its place where Codex cannot be asked at all", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("first", STEER);
    const turn = await codex.turn(1);
    await settled();
    clientSource.serve(new CodexLocalError("START_FAILED", "it would not start"));
    const second = chat.say("second", STEER);
    await until(() => clientSource.requests.length > 0);
    clientSource.serve(codex);
    turn.reply("One.");
    (await codex.turn(2)).reply("Two.");
    expect([await first, await second]).toEqual(["One.", "Two."]);
    expect(codex.of("turn/steer")).toEqual([]);
  });

  test("has a turn of its own where the running one is being stopped", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("first", STEER);
    const turn = await codex.turn(1);
    turn.show();
    await settled();
    await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
    const second = chat.say("no, do this instead", STEER);
    await settled();
    turn.end({ status: "interrupted" });
    expect(await first).toMatch(/^Codex was stopped/);
    (await codex.turn(2)).reply("Done instead.");
    expect(await second).toBe("Done instead.");
    expect(codex.of("turn/steer")).toEqual([]);
  });

  test("waits where another waits that cannot be steered, as one from before a restart", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("first", STEER);
    const turn = await codex.turn(1);
    await settled();
    const recovered = enqueueConversationTurn(chat.sessionFile, async () => "recovered");
    const third = chat.say("third", STEER);
    await settled();
    expect(codex.of("turn/steer")).toEqual([]);
    turn.reply("One.");
    (await codex.turn(2)).reply("Three.");
    expect([await first, await recovered, await third]).toEqual(["One.", "recovered", "Three."]);
  });

  test("waits behind others no more than there may be", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.answer("turn/steer", refuse("cannot steer a review turn"));
    const options = { pluginConfig: { turn: { whileRunning: "steer", maxQueued: 1 } } };
    const first = chat.say("first", options);
    const turn = await codex.turn(1);
    const second = chat.say("second", options);
    expect(await chat.say("third", options)).toMatch(/^1 messages? .*waiting/);
    turn.reply("One.");
    (await codex.turn(2)).reply("Two.");
    expect([await first, await second]).toEqual(["One.", "Two."]);
  });

  test("has a turn of its own where nothing runs", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith(() => "Hello.");
    expect(await chat.say("hi", STEER)).toBe("Hello.");
    expect(codex.of("turn/steer")).toEqual([]);
  });

  test("under the default waits for its own turn", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const first = chat.say("first");
    const turn = await codex.turn(1);
    await settled();
    const second = chat.say("second");
    await settled();
    expect(codex.of("turn/steer")).toEqual([]);
    turn.reply("One.");
    (await codex.turn(2)).reply("Two.");
    expect([await first, await second]).toEqual(["One.", "Two."]);
  });
});

describe("the reply", () => {
  test("is the hook's result", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith(() => "Hello.");
    expect(await chat.claim("hi")).toEqual({ handled: true, reply: { text: "Hello." } });
  });

  test("of a turn without a word says so", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const reply = chat.say("hi");
    (await codex.turn()).end();
    expect(await reply).toBe("Codex completed without a text reply.");
  });

  test("of an interrupted turn is no success, and holds what was said", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const reply = chat.say("hi");
    const turn = await codex.turn();
    turn.say("Half an answer");
    turn.end({ status: "interrupted" });
    expect(await reply).toMatch(/^Codex was interrupted [^]*Half an answer$/);
  });

  test("of a failure has the reason in words that mention, link and format nothing", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const reply = chat.say("hi");
    (await codex.turn()).fail("<!channel> @everyone see **https://evil.example** [x](http://y.z)");
    const text = await reply;
    expect(text).toMatch(/^Codex app-server turn failed: /);
    expect(text).toContain("everyone");
    expect(text).not.toMatch(/@everyone|https?:\/\/|<!|\*\*|\]\(|evil\.example/);
  });

  test("without a thread binding names that", async () => {
    const { chat } = await conversation();
    expect(await chat.say("hi")).toBe(
      "Codex app-server turn failed: bound Codex conversation has no thread binding",
    );
    expect(clientSource.requests).toEqual([]);
  });

  test("with a damaged thread binding says what to do, and the file is kept as it is", async () => {
    const { chat } = await conversation();
    await chat.bind();
    const file = codexAppServerBindingFile(chat.sessionFile);
    await writeFile(file, "{ half a fi");
    expect(await chat.say("hi")).toMatch(/^Codex app-server turn failed: .*\/codexchat bind/);
    expect(await readFile(file, "utf8")).toBe("{ half a fi");
    expect(clientSource.requests).toEqual([]);
  });

  test("with an invalid setting names the setting", async () => {
    const { chat } = await conversation();
    await chat.bind();
    expect(await chat.say("hi", { pluginConfig: { turn: { maxQueued: 0 } } })).toMatch(
      /^Codex app-server turn failed: .*turn\S*maxQueued/u,
    );
    expect(await chat.say("hi", { pluginConfig: { appServer: { mode: "yes" } } })).toMatch(
      /^Codex app-server turn failed: .*appServer\S*mode/u,
    );
    expect(clientSource.requests).toEqual([]);
  });

  test("where Codex cannot be started says why", async () => {
    const { chat } = await conversation();
    await chat.bind();
    clientSource.serve(new CodexLocalError("COMMAND_NOT_FOUND", "codex is not installed"));
    expect(await chat.say("hi")).toBe("Codex app-server turn failed: codex is not installed");
  });
});

describe("deliver", () => {
  test("takes the reply, and the claim ends at once", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    const delivered = Promise.withResolvers<CodexConversationReply>();
    expect(await chat.claim("hi", { deliver: delivered.resolve })).toEqual({ handled: true });
    (await codex.turn()).reply("Hello.");
    expect(await delivered.promise).toEqual({ text: "Hello." });
  });

  test("gets each reply of a conversation once, in order of arrival", async () => {
    const { codex, chat } = await conversation();
    await chat.bind();
    codex.repliesWith((turn) => `re: ${turn.prompt}`);
    const texts: string[] = [];
    const last = Promise.withResolvers<void>();
    const deliver = ({ text }: CodexConversationReply): void => {
      texts.push(text);
      if (texts.length === 3) last.resolve();
    };
    await Promise.all(["1", "2", "3"].map((content) => chat.claim(content, { deliver })));
    await last.promise;
    expect(texts).toEqual(["re: 1", "re: 2", "re: 3"]);
  });

  test("gets a failure too, and nothing is left unhandled", async () => {
    const { chat } = await conversation();
    const delivered = Promise.withResolvers<CodexConversationReply>();
    const unhandled = await unhandledDuring(async () => {
      await chat.claim("hi", { deliver: delivered.resolve });
      await delivered.promise;
    });
    expect((await delivered.promise).text).toMatch(/^Codex app-server turn failed: /);
    expect(unhandled).toEqual([]);
  });
});

describe("startCodexConversationThread", () => {
  test("starts a thread with the folder, the instructions and the settings", async () => {
    const { codex, chat } = await conversation();
    const data = await startCodexConversationThread({
      sessionFile: chat.sessionFile,
      workspaceDir: " /project ",
      model: "gpt-x",
      modelProvider: "acme",
      pluginConfig: { appServer: { mode: "guardian", serviceTier: "flex" } },
    });
    expect(codex.only("thread/start").params).toEqual({
      cwd: "/project",
      developerInstructions: expect.stringMatching(
        /OpenClaw conversation[^]*final answer[^]*delivered/,
      ),
      dynamicTools: [expect.objectContaining({ type: "function", name: "send_file" })],
      model: "gpt-x",
      modelProvider: "acme",
      approvalPolicy: "on-request",
      approvalsReviewer: "auto_review",
      sandbox: "read-only",
      serviceTier: "flex",
    });
    expect(codex.of("thread/resume")).toEqual([]);
    expect(data).toEqual({
      kind: "codex-app-server-session",
      version: 1,
      sessionFile: chat.sessionFile,
      workspaceDir: "/project",
    });
  });

  test("resumes the given thread without its turns, with the settings", async () => {
    const { codex, chat } = await conversation();
    codex.stored.add("thread-9");
    await startCodexConversationThread({
      sessionFile: chat.sessionFile,
      threadId: " thread-9 ",
      model: "gpt-x",
      pluginConfig: { appServer: { mode: "yolo" } },
    });
    expect(codex.only("thread/resume").params).toEqual({
      threadId: "thread-9",
      excludeTurns: true,
      model: "gpt-x",
      approvalPolicy: "never",
      approvalsReviewer: "user",
      sandbox: "read-only",
    });
    expect(codex.of("thread/start")).toEqual([]);
    expect(await chat.binding()).toMatchObject({
      threadId: "thread-9",
      cwd: "/resumed",
      model: "resumed-model",
      modelProvider: "resumed-provider",
    });
  });

  test("writes the binding from Codex's answer", async () => {
    const { codex, chat } = await conversation();
    codex.answer("thread/start", () => ({
      thread: { id: "thread-7" },
      cwd: "/real/project",
      model: "chosen-model",
      modelProvider: "chosen-provider",
    }));
    await startCodexConversationThread({
      sessionFile: chat.sessionFile,
      workspaceDir: "/project",
      model: "wanted-model",
    });
    expect(await chat.binding()).toMatchObject({
      schemaVersion: 1,
      threadId: "thread-7",
      cwd: "/real/project",
      model: "chosen-model",
      modelProvider: "chosen-provider",
    });
  });

  test("keeps what it asked for where the answer does not tell", async () => {
    const { codex, chat } = await conversation();
    codex.answer("thread/start", () => ({ thread: { id: "thread-7" } }));
    await startCodexConversationThread({
      sessionFile: chat.sessionFile,
      workspaceDir: "/project",
      model: "wanted-model",
      modelProvider: "wanted-provider",
    });
    expect(await chat.binding()).toMatchObject({
      cwd: "/project",
      model: "wanted-model",
      modelProvider: "wanted-provider",
    });
  });

  test.each([{ workspaceDir: undefined }, { workspaceDir: "  " }])(
    "without a folder works in the configured one, else in the process's: %o",
    async ({ workspaceDir }) => {
      const { codex, chat } = await conversation();
      const params = {
        sessionFile: chat.sessionFile,
        ...(workspaceDir === undefined ? {} : { workspaceDir }),
      };
      await startCodexConversationThread({
        ...params,
        pluginConfig: { appServer: { defaultWorkspaceDir: "/configured" } },
      });
      await startCodexConversationThread(params);
      expect(codex.of("thread/start").map((call) => call.params.cwd)).toEqual([
        "/configured",
        process.cwd(),
      ]);
    },
  );

  test("without model, provider and tier sends none", async () => {
    const { codex, chat } = await conversation();
    await startCodexConversationThread({ sessionFile: chat.sessionFile, workspaceDir: "/project" });
    const { params } = codex.only("thread/start");
    expect(Object.keys(params)).not.toContain("model");
    expect(Object.keys(params)).not.toContain("modelProvider");
    expect(Object.keys(params)).not.toContain("serviceTier");
  });

  test("keeps the permissions, the tier and the profile that the chat had chosen", async () => {
    const { codex, chat } = await conversation();
    await chat.bind({
      sandbox: "read-only",
      approvalPolicy: "untrusted",
      serviceTier: "fast",
      authProfileId: "work",
      model: "old-model",
    });
    await startCodexConversationThread({ sessionFile: chat.sessionFile, workspaceDir: "/project" });
    expect(codex.only("thread/start").params).toMatchObject({
      sandbox: "read-only",
      approvalPolicy: "untrusted",
      serviceTier: "fast",
    });
    expect(codex.only("thread/start").params).not.toHaveProperty("model");
    expect(clientSource.requests).toMatchObject([{ authProfileId: "work" }]);
    expect(await chat.binding()).toMatchObject({
      threadId: "new-thread-1",
      sandbox: "read-only",
      approvalPolicy: "untrusted",
      serviceTier: "fast",
      authProfileId: "work",
      model: "started-model",
    });
  });

  test("asks for the client with the configured start options and time", async () => {
    const { chat } = await conversation();
    await startCodexConversationThread({
      sessionFile: chat.sessionFile,
      workspaceDir: "/project",
      pluginConfig: { appServer: { command: "/opt/codex", requestTimeoutMs: 1234 } },
    });
    expect(clientSource.requests).toMatchObject([
      { startOptions: { command: "/opt/codex", transport: "stdio" }, timeoutMs: 1234 },
    ]);
  });

  test("leaves the old binding byte for byte where it fails, wherever that is", async () => {
    const { codex, chat } = await conversation();
    await chat.bind({ model: "old-model" });
    const before = await stateOf(chat);
    const attempt = (more: { threadId?: string; pluginConfig?: unknown } = {}): Promise<unknown> =>
      startCodexConversationThread({
        sessionFile: chat.sessionFile,
        workspaceDir: "/project",
        ...more,
      });

    codex.answerOnce("account/read", () => ({ account: null, requiresOpenaiAuth: true }));
    await expect(attempt()).rejects.toThrow("not signed in");
    await expect(attempt({ pluginConfig: { appServer: { mode: "yes" } } })).rejects.toThrow("mode");
    await expect(attempt({ threadId: "gone" })).rejects.toThrow("no rollout found");
    codex.answerOnce("thread/start", refuse("no such model"));
    await expect(attempt()).rejects.toThrow("no such model");
    codex.answerOnce("thread/start", () => ({}));
    await expect(attempt()).rejects.toThrow(/thread id/);
    clientSource.serve(new CodexLocalError("START_FAILED", "it would not start"));
    await expect(attempt()).rejects.toThrow("it would not start");
    expect(await stateOf(chat)).toEqual(before);
  });

  test("where Codex is not signed in says how to, before any thread is started", async () => {
    const { codex, chat } = await conversation();
    codex.answer("account/read", () => ({ account: null, requiresOpenaiAuth: true }));
    await expect(
      startCodexConversationThread({ sessionFile: chat.sessionFile, workspaceDir: "/project" }),
    ).rejects.toThrow("codex login");
    expect(codex.of("thread/start")).toEqual([]);
    expect(await chat.binding()).toBeUndefined();
  });

  test("serves the first message on a thread that it has just started without a resume", async () => {
    const { codex, chat } = await conversation();
    await startCodexConversationThread({ sessionFile: chat.sessionFile, workspaceDir: "/project" });
    codex.repliesWith(() => "Hello.");
    expect(await chat.say("hi")).toBe("Hello.");
    expect(codex.of("thread/resume")).toEqual([]);
    expect(codex.only("turn/start").params).toMatchObject({
      threadId: "new-thread-1",
      cwd: "/project",
    });
  });

  test.each([
    { roots: ["allowed"], cwd: "allowed/project", taken: true },
    { roots: ["nowhere", "alias"], cwd: "allowed/project", taken: true },
    { roots: ["allowed"], cwd: "secret", taken: false },
    { roots: ["allowed"], cwd: "allowed/way-out", taken: false },
    { roots: ["far-away"], cwd: "far-away/project", taken: true },
  ])("takes a thread only where it works in the operator's folders: %o", async (row) => {
    const { codex, chat, folder } = await conversation();
    const at = (name: string): string => path.join(folder, name);
    await mkdir(at("allowed/project"), { recursive: true });
    await mkdir(at("secret"));
    await symlink(at("secret"), at("allowed/way-out"));
    await symlink(at("allowed"), at("alias"));
    codex.answer("thread/resume", () => ({ thread: { id: "thread-9" }, cwd: at(row.cwd) }));
    const attempt = startCodexConversationThread({
      sessionFile: chat.sessionFile,
      threadId: "thread-9",
      pluginConfig: { appServer: { workspaceRoots: row.roots.map(at) } },
    });
    const outcome = await attempt.then(
      () => "taken",
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(row.taken ? /^taken$/ : /workspaceRoots/);
    expect((await chat.binding())?.threadId).toBe(row.taken ? "thread-9" : undefined);
  });

  test("sets a damaged binding aside and writes a good one", async () => {
    const { chat } = await conversation();
    await chat.bind();
    await writeFile(codexAppServerBindingFile(chat.sessionFile), "{ half a fi");
    await startCodexConversationThread({ sessionFile: chat.sessionFile, workspaceDir: "/project" });
    expect(await chat.binding()).toMatchObject({ threadId: "new-thread-1" });
    expect(Object.values(await stateOf(chat))).toContain("{ half a fi");
  });
});

describe("a bind request that the person has decided", () => {
  test("denied: the thread binding goes", async () => {
    const { chat } = await conversation();
    await chat.bind();
    await handleCodexConversationBindingResolved(resolved("denied", chat.data));
    expect(await chat.binding()).toBeUndefined();
  });

  test("denied twice, or without a thread binding: nothing happens", async () => {
    const { chat } = await conversation();
    await handleCodexConversationBindingResolved(resolved("denied", chat.data));
    await handleCodexConversationBindingResolved(resolved("denied", chat.data));
    expect(await chat.binding()).toBeUndefined();
  });

  test("approved: the thread binding stays", async () => {
    const { chat } = await conversation();
    await chat.bind();
    await handleCodexConversationBindingResolved(resolved("approved", chat.data));
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });

  test("denied for data that is not ours: nothing happens", async () => {
    const { chat } = await conversation();
    await writeCodexAppServerBinding(chat.sessionFile, { threadId: "thread-1", cwd: "/repo" });
    await handleCodexConversationBindingResolved(resolved("denied", undefined));
    await handleCodexConversationBindingResolved(
      resolved("denied", { ...chat.data, kind: "other" }),
    );
    expect(await chat.binding()).toMatchObject({ threadId: "thread-1" });
  });
});
