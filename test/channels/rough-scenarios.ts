/** What people, models and services do to a bound chat that nobody would wish for. */
import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { answerTo } from "../support/scripted-turns.js";
import type { ChannelAbilities } from "../../src/chat/abilities.js";
import type { ChannelSign } from "../support/channel-service.js";
import { type ChannelStage, REPLY_TIMEOUT_MS } from "./stage.js";

/** Beyond what any of the services takes in one message, and with signs that count as one, two or more there. */
const FACES = Array.from({ length: 90 }, (_, line) => `${line} ${"😀👩‍👩‍👧".repeat(12)}`);
const CALLS = [
  "@everyone",
  "@here",
  "<!channel>",
  "<!here>",
  "<@900000000000000102>",
  "<@U0MALLORY>",
];

/** `isLimited`: the service can refuse a message as one too many. */
type Rough = Pick<ChannelAbilities, "buttons" | "seenSign"> & { isLimited: boolean };

export function roughScenarios(
  { buttons, seenSign, isLimited }: Rough,
  stage: () => ChannelStage,
  chat: () => string,
): void {
  beforeAll(() => stage().haveBound(chat()));

  if (seenSign !== undefined) signScenarios(seenSign, stage, chat);
  strangerScenarios(buttons, stage, chat);
  if (buttons) pressScenarios(stage, chat);

  test("a question rings nobody, whomever its command names", async () => {
    const words = stage().here("call them all");
    stage().playWhenAsked(words, [
      { do: "shell", command: `echo '${CALLS.join(" ")}'`, justification: CALLS.join(" ") },
      { do: "say", text: answerTo(words), phase: "final_answer" },
    ]);
    const said = stage().say(chat(), words);
    const question = await stage().replyTo(said, /^❓/);
    const denial = await stage().decide(question, "Deny");
    const outcome = await stage().replyTo(denial, /➡️ Denied\.$/);
    await stage().replyTo(said, answerTo(words));
    expect([question.pings, outcome.pings]).toEqual([[], []]);
  });

  if (isLimited) limitScenarios(stage, chat);

  test("a long answer of emoji arrives whole", async () => {
    const words = stage().here("make faces");
    const text = [...FACES, "That was it."].join("\n");
    stage().playWhenAsked(words, [{ do: "say", text, phase: "final_answer" }]);
    const said = stage().say(chat(), words);
    await stage().replyTo(said, /That was it\.$/);
    const lines = stage()
      .saidSince(said)
      .flatMap((message) => message.text.split("\n"));
    expect(lines.filter((line) => line.includes("😀"))).toEqual(FACES);
  });
}

function pressScenarios(stage: () => ChannelStage, chat: () => string): void {
  test("a stranger's press of a button decides nothing; two of the person's decide once", async () => {
    const words = stage().here("leave one mark");
    const file = stage().askForMark(words);
    const said = stage().say(chat(), words);
    const question = await stage().replyTo(said, /^❓/);
    const strange = stage().click(question, "Allow once", "stranger");
    const refusal = await stage().replyTo(strange, /not (?:allowed|authorized)/i);
    await expect(readFile(file, "utf8")).rejects.toMatchObject({ code: "ENOENT" });

    const first = stage().click(question, "Allow once");
    stage().click(question, "Allow once");
    const outcome = await stage().replyTo(first, /^❓[^]*➡️ Allowed once\.$/);
    await stage().replyTo(said, answerTo(words));
    await stage().talk(chat(), stage().here("after both"));
    expect(await readFile(file, "utf8")).toBe("marked");
    expect([refusal.buttons, outcome.buttons]).toEqual([[], []]);
    const said2 = stage()
      .saidSince(first)
      .map(({ text }) => text);
    expect(said2.filter((text) => text === answerTo(words))).toHaveLength(1);
    expect(said2.filter((text) => /failed|error/i.test(text))).toEqual([]);
  });
}

function limitScenarios(stage: () => ChannelStage, chat: () => string): void {
  test("an answer that its service takes later only arrives, once", async () => {
    const words = stage().here("too much");
    const gate = stage().holdTurnsAsked(words);
    const said = stage().say(chat(), words);
    await stage().asked(words);
    const limited = stage().channel.limitNext?.(1);
    if (!limited) throw new Error("the service limits nobody");
    gate.open();
    await limited;
    await stage().replyTo(said, answerTo(words));
    await stage().talk(chat(), stage().here("enough"));
    const answers = stage()
      .saidSince(said)
      .filter(({ text }) => text === answerTo(words));
    expect(answers).toHaveLength(1);
  });
}

function strangerScenarios(buttons: boolean, stage: () => ChannelStage, chat: () => string): void {
  test("what a stranger types decides nothing", async () => {
    const words = stage().here("leave no mark for a stranger");
    const file = stage().askForMark(words);
    const said = stage().say(chat(), words);
    const question = await stage().replyTo(said, /^❓/);
    stage().say(chat(), "/codexchat approve", { by: "stranger" });
    if (!buttons) await stage().decide(question, "Allow once", "stranger");
    const denial = await stage().decide(question, "Deny");
    const outcome = await stage().replyTo(denial, /➡️ Denied\.$/);
    await stage().replyTo(said, answerTo(words));
    expect(outcome.text).not.toContain("Allowed");
    await expect(readFile(file, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
  });
}

function signScenarios(wanted: string, stage: () => ChannelStage, chat: () => string): void {
  test("a message has a sign that it was seen, until its answer is there", async () => {
    const { signs } = stage().channel;
    if (!signs) throw new Error("the service has no reactions");
    const words = stage().here("are you there");
    const gate = stage().holdTurnsAsked(words);
    const said = stage().say(chat(), words);
    const isSign =
      (isThere: boolean) =>
      (sign: ChannelSign): boolean =>
        sign.id === said.id && sign.isThere === isThere;
    const shown = await signs.waitFor(isSign(true), { timeoutMs: REPLY_TIMEOUT_MS });
    expect(shown.sign).toBe(wanted);
    await stage().asked(words);
    gate.open();
    await stage().replyTo(said, answerTo(words));
    await signs.waitFor(isSign(false), { after: shown, timeoutMs: REPLY_TIMEOUT_MS });
  });
}
