/** A channel without buttons, on which everything is typed: iMessage, on a gateway of its own. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import type { ChannelMessage } from "../support/channel-service.js";
import { IMessageService } from "../support/imessage/service.js";
import { wordsOf } from "../support/person-words.js";
import { Gate } from "../support/responses-api.js";
import { answerTo } from "../support/scripted-turns.js";
import { type ChannelStage, type OpenStages, openStages } from "./stage.js";

/** OpenClaw says so, and the plugin how to answer. */
const PROMPT = /Plugin bind approval required[^]*Send `\/codexchat allow`/;
const ALLOWED = /^Allowed\. Codex answers here now/;
/** A gateway is started, or a plugin installed, in the middle. */
const LASTING_MS = 180_000;

const LINES = Array.from(
  { length: 120 },
  (_, line) => `value${line} = compute(${line}, "some argument");`,
);

let opened: OpenStages;
let messages: IMessageService;

beforeAll(async () => {
  messages = await IMessageService.start();
  opened = await openStages([messages]);
});

afterAll(async () => {
  await opened?.stop();
});

function stage(): ChannelStage {
  const found = opened.stages.find(({ channel }) => channel === messages);
  if (!found) throw new Error("there is no stage of iMessage");
  return found;
}

async function bind(chat: string): Promise<void> {
  await stage().command(chat, "bind", PROMPT);
  await stage().command(chat, "allow", ALLOWED);
}

const dm = (): string => messages.chats.private;
const group = (): string => messages.chats.group;

/** What Codex was asked by a message that OpenClaw's own agent answers. */
async function askedOfCodex(chat: string, words: string): Promise<readonly unknown[]> {
  await stage().replyTo(stage().say(chat, words), AGENT_ANSWER);
  return stage().requestsWith(words);
}

describe.each(["private", "group"] as const)("in a %s chat", (kind) => {
  const chat = (): string => messages.chats[kind];
  const say = (text: string): ChannelMessage => stage().say(chat(), `${text} in ${kind}`);

  test("a bind that nobody has allowed leaves it with OpenClaw's agent", async () => {
    await stage().command(chat(), "allow", /^There is no bind of yours to allow here\./);
    await stage().command(chat(), "bind", PROMPT);
    expect(await askedOfCodex(chat(), `not yet in ${kind}`)).toEqual([]);
  });

  test("a bind that is allowed by typing brings each message to Codex, in order", async () => {
    await bind(chat());
    const gate = stage().holdTurnsAsked(`first in ${kind}`);
    const first = say("first");
    await stage().asked(first.text);
    const second = say("second");
    gate.open();
    await stage().replyTo(first, answerTo(first.text));
    await stage().replyTo(second, answerTo(second.text));
    const [request] = stage().requestsWith(second.text);
    expect(request?.history.map(wordsOf)).toEqual([first.text, second.text]);
  });

  test.each([
    { verb: "approve", outcome: /➡️ Allowed once\./, mark: "marked" },
    { verb: "deny", outcome: /➡️ Denied\./, mark: undefined },
  ])("a question is answered by typing $verb", async ({ verb, outcome, mark }) => {
    const words = `leave a mark to ${verb} in ${kind}`;
    const file = stage().askForMark(words);
    const said = stage().say(chat(), words);
    const question = await stage().replyTo(said, /^❓/);
    const typed = new RegExp(`/codexchat ${verb} [0-9a-f]{6}`).exec(question.text)?.[0] ?? "";
    await stage().replyTo(stage().say(chat(), typed), outcome);
    await stage().replyTo(said, answerTo(words));
    expect(await readFile(file, "utf8").catch(() => undefined)).toBe(mark);
  });

  test("a detach gives it back to OpenClaw's agent", async () => {
    await stage().detach(chat());
    expect(await askedOfCodex(chat(), `detached in ${kind}`)).toEqual([]);
  });
});

describe("in a bound chat", () => {
  beforeAll(() => bind(dm()));

  test("a command is answered while a turn runs, and a stop ends it", async () => {
    const words = "never end";
    stage().playWhenAsked(words, [{ do: "hold", gate: new Gate() }]);
    const said = stage().say(dm(), words);
    const { threadId } = await stage().asked(words);
    const status = await stage().command(dm(), "status", new RegExp(threadId));
    expect(status.text).toMatch(/a turn is running/i);
    await stage().command(dm(), "stop", /^Codex stop requested/);
    const stopped = await stage().replyTo(said, /^Codex was stopped/);
    expect(stopped.from).toBe("bot");
  });

  test("a long answer comes in messages none of which tears a line", async () => {
    const words = "write it all";
    const text = [...LINES, "That is all of it."].join("\n");
    stage().playWhenAsked(words, [{ do: "say", text, phase: "final_answer" }]);
    const said = stage().say(dm(), words);
    await stage().replyTo(said, /That is all of it\.$/);
    const parts = stage().saidSince(said);
    expect(parts.length).toBeGreaterThan(1);
    expect(
      parts.flatMap((part) => part.text.split("\n")).filter((line) => /compute/.test(line)),
    ).toEqual(LINES);
  });

  test("a file of the thread's folder comes into the chat", async () => {
    const docs = join(opened.chain.workspace, "docs");
    await mkdir(docs, { recursive: true });
    await writeFile(join(docs, "report.txt"), "all is well");
    const asked = stage().say(dm(), "/codexchat send docs/report.txt");
    await stage().replyTo(asked, /^Sent: report/);
    const files = stage()
      .saidSince(asked)
      .flatMap((message) => message.files);
    expect(files.map(({ bytes }) => bytes.toString("utf8"))).toEqual(["all is well"]);
  });
});

describe("over time", { timeout: LASTING_MS }, () => {
  test("a restart keeps a bound chat bound and a detached one detached", async () => {
    await stage().talk(dm(), "before the restart");
    await bind(group());
    await stage().detach(group());
    await opened.restart();
    await stage().command(dm(), "status", /^Codex thread: /);
    await stage().talk(dm(), "after the restart");
    const [request] = stage().requestsWith("after the restart");
    expect(request?.history.map(wordsOf)).toContain("before the restart");
    expect(await askedOfCodex(group(), "is Codex there")).toEqual([]);
    await stage().command(group(), "status", /not bound/i);
  });

  test("an update of the plugin while the gateway runs leaves a bound chat whole", async () => {
    await opened.chain.gateway.install(opened.chain.tarball);
    await stage().command(dm(), "status", /^Codex thread: /);
    await stage().talk(dm(), "after the update");
    await stage().command(dm(), "bind", /^This chat is bound to a new Codex thread/);
    await stage().talk(dm(), "on a new thread");
    await stage().detach(dm());
    expect(await askedOfCodex(dm(), "who is there")).toEqual([]);
  });
});

test("the channel has asked Messages for nothing that the stand-in does not know", () => {
  expect([...messages.unknown]).toEqual([]);
});
