/** What a chat gets when Telegram fails, through a real gateway and its real channel. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, boundLines, plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const SCENARIO_TIMEOUT_MS = 150_000;

const LIMITED = 2101;
const EMPTY = 2102;
const CODE = 2103;
const LOST = 2104;
const HUNG = 2105;
const AWAY = 2106;
const ASKED = 2107;
const GROUP = -3101;
const SUPERGROUP = -1_003_101;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([LIMITED, EMPTY, CODE, LOST, HUNG, AWAY, ASKED], [GROUP, SUPERGROUP]);
  await hangs();
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, SCENARIO_TIMEOUT_MS);

let hung: TranscriptEntry;

/** Telegram does not answer whoever sends this chat its answer; that takes OpenClaw a minute to give up. */
async function hangs(): Promise<void> {
  await stage.bind(HUNG);
  const gate = stage.holdTurnsAsked("is it late");
  hung = stage.say(HUNG, "is it late");
  await stage.chain.model.waitForRequest(/^is it late$/);
  const { telegram } = stage.chain;
  telegram.failNext("sendMessage", "no answer", { chat: HUNG });
  gate.open();
  await telegram.calls.waitFor(
    ({ method, params }) =>
      method === "sendMessage" && String(params["text"]).includes(answerTo("is it late")),
  );
}

const says = (text: string) => [{ do: "say", text, phase: "final_answer" } as const];

test(
  "an answer waits for as long as Telegram says, and comes once",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(LIMITED);
    const limit = { status: 429, retryAfterS: 3 };
    stage.chain.telegram.failNext("sendMessage", limit, { chat: LIMITED });
    await stage.talk(LIMITED, "hello");
    expect(stage.readChat(LIMITED)).toEqual([
      ...boundLines(),
      "person: hello",
      `bot: ${answerTo("hello")}`,
    ]);
  },
);

test(
  "an answer that Telegram does not show is told of, and the next one comes at once",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(EMPTY);
    stage.playWhenAsked("nothing", says("```\n```"));
    const said = stage.say(EMPTY, "nothing");
    await stage.replyTo(said, /could not be shown here/);
    await stage.talk(EMPTY, "something");
    expect(stage.readChat(EMPTY)).toEqual([
      ...boundLines(),
      "person: nothing",
      expect.stringMatching(/^bot: Part of Codex's answer could not be shown here: /),
      "person: something",
      `bot: ${answerTo("something")}`,
    ]);
  },
);

test(
  "each part of a long answer comes once, as one message of Telegram's, though sending the second fails",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(CODE);
    const code = Array.from({ length: 120 }, (_, index) => `if (a${index} < 1 && b > 1) run();`);
    stage.playWhenAsked("code", says(`\`\`\`ts\n${code.join("\n")}\n\`\`\``));
    const { telegram } = stage.chain;
    const said = stage.say(CODE, "code");
    await stage.replyTo(said, /a0 </);
    telegram.failNext("sendMessage", { status: 500 }, { chat: CODE });
    await stage.replyTo(said, /a119 </);
    const parts = telegram
      .chat(CODE)
      .filter(({ from, text }) => from === "bot" && / < 1 /.test(text));
    expect(parts.flatMap(({ text }) => text.match(/if \(a\d+ .*$/gm) ?? [])).toEqual(code);
    stage.readChat(CODE);
  },
);

test(
  "a group that became a supergroup is followed, and its thread can be bound there",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(GROUP, LOST);
    const gate = stage.holdTurnsAsked("moving");
    stage.say(GROUP, "moving", LOST);
    await stage.chain.model.waitForRequest(/^moving$/);
    const { telegram } = stage.chain;
    const moved = {
      status: 400,
      description: "Bad Request: group chat was upgraded to a supergroup chat",
      migrateTo: SUPERGROUP,
    };
    telegram.failNext("sendMessage", moved, { chat: GROUP });
    gate.open();
    await telegram.waitForMessage(SUPERGROUP, new RegExp(answerTo("moving")));
    const { text } = await telegram.waitForMessage(SUPERGROUP, /codexchat bind \S+/);
    const command = /\/codexchat bind \S+/.exec(plain(text))?.[0] ?? "";
    const prompt = await stage.replyTo(
      stage.say(SUPERGROUP, command, LOST),
      /^Plugin bind approval/,
    );
    await stage.replyTo(telegram.person.click(prompt, "Allow once", LOST), /^Allowed/);
    await stage.talk(SUPERGROUP, "here again", LOST);
    const [last] = stage.requestsWith("here again");
    // In a group Codex is told who speaks.
    expect(last?.history).toEqual([
      expect.stringMatching(/\nmoving$/),
      expect.stringMatching(/\nhere again$/),
    ]);
    stage.readChat(GROUP);
    stage.readChat(SUPERGROUP);
  },
);

test(
  "an answer whose sending Telegram took without a word comes twice at most",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(LOST);
    const { telegram } = stage.chain;
    telegram.failNext("sendMessage", "drop after taking", { chat: LOST });
    await stage.talk(LOST, "lost");
    await stage.talk(LOST, "next");
    const answers = telegram.chat(LOST).filter(({ text }) => text.includes(answerTo("lost")));
    expect(answers.length).toBeLessThanOrEqual(2);
    stage.readChat(LOST);
  },
);

test(
  "an answer that Telegram could not take for a while comes when the chat writes, before the next one, once",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(AWAY);
    const { telegram } = stage.chain;
    const before = telegram.calls.entries.at(-1);
    const bad = { status: 502, description: "Bad Gateway" };
    telegram.failNext("sendMessage", bad, { times: 6, chat: AWAY });
    const said = stage.say(AWAY, "are you away");
    let refused = 0;
    await telegram.calls.waitFor(
      ({ method, params }) =>
        method === "sendMessage" && Number(params["chat_id"]) === AWAY && ++refused === 6,
      { after: before },
    );
    await stage.talk(AWAY, "and back");
    await stage.replyTo(said, answerTo("are you away"));
    expect(stage.readChat(AWAY).slice(boundLines().length)).toEqual([
      "person: are you away",
      "person: and back",
      `bot: ${answerTo("are you away")}`,
      `bot: ${answerTo("and back")}`,
    ]);
  },
);

test(
  "a question that Telegram does not take at first is asked when it does, and the answer counts",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(ASKED);
    const gate = stage.holdTurnsAsked("may you");
    stage.playWhenAsked("may you", [
      { do: "hold", gate },
      { do: "shell", command: "echo yes > ../may.txt", justification: "To try" },
      ...says("I may."),
    ]);
    const said = stage.say(ASKED, "may you");
    await stage.chain.model.waitForRequest(/^may you$/);
    const { telegram } = stage.chain;
    const bad = { status: 502, description: "Bad Gateway" };
    telegram.failNext("sendMessage", bad, { times: 2, chat: ASKED });
    gate.open();
    const question = await stage.questionAfter(said);
    telegram.person.click(question, "Allow once");
    await stage.replyTo(said, "I may.");
    const asked = stage.readChat(ASKED).filter((line) => /^bot: ❓(?![^]*➡️)/.test(line));
    expect(asked).toHaveLength(1);
  },
);

test(
  "an answer whose sending Telegram never answers holds up no other chat, and comes in the end",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.replyTo(hung, new RegExp(`^${answerTo("is it late")}`), 2 * 60_000);
    await stage.talk(HUNG, "it is late");
    const answers = stage.readChat(HUNG).filter((line) => line.includes(answerTo("is it late")));
    expect(answers).toHaveLength(1);
  },
);
