/** What a chat gets when Telegram fails, through a real gateway and its real channel. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerTo, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const SCENARIO_TIMEOUT_MS = 150_000;

const LIMITED = 2101;
const EMPTY = 2102;
const CODE = 2103;
const LOST = 2104;
const GROUP = -3101;
const SUPERGROUP = -1_003_101;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([LIMITED, EMPTY, CODE, LOST], [GROUP, SUPERGROUP]);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, SCENARIO_TIMEOUT_MS);

const says = (text: string) => [{ do: "say", text, phase: "final_answer" } as const];

test(
  "an answer waits for as long as Telegram says, and comes once",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(LIMITED);
    stage.chain.telegram.failNext("sendMessage", { status: 429, retryAfterS: 3 });
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
    telegram.failNext("sendMessage", { status: 500 });
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
    telegram.failNext("sendMessage", {
      status: 400,
      description: "Bad Request: group chat was upgraded to a supergroup chat",
      migrateTo: SUPERGROUP,
    });
    gate.open();
    await telegram.waitForMessage(SUPERGROUP, new RegExp(answerTo("moving")));
    const { text } = await telegram.waitForMessage(SUPERGROUP, /codexchat bind \S+/);
    const command = /\/codexchat bind \S+/.exec(text.replaceAll("\u2060", ""))?.[0] ?? "";
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
    telegram.failNext("sendMessage", "drop after taking");
    await stage.talk(LOST, "lost");
    await stage.talk(LOST, "next");
    const answers = telegram.chat(LOST).filter(({ text }) => text.includes(answerTo("lost")));
    expect(answers.length).toBeLessThanOrEqual(2);
    stage.readChat(LOST);
  },
);
