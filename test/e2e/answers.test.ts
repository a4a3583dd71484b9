/** Which words of a turn reach the chat: several answers, plans, and what was said by a turn that ends badly. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { codexTraits } from "../support/codex-traits.js";
import { Gate, says } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { botSays, boundLines, plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 180_000;
const HEARD_WITHIN_MS = 90_000;

const STEERED = 6501;
const PARTS = 6502;
const CUT = 6503;
const PLANNING = 6505;
const WORDLESS = 6506;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([STEERED, PARTS, CUT, PLANNING, WORDLESS], []);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

const heardIn = (chat: number): string[] => stage.readChat(chat).slice(boundLines().length);

describe.concurrent("a turn's answer", { timeout: TALK_TIMEOUT_MS }, () => {
  test("has the one before a steer and the one after it", async ({ expect }) => {
    const gate = new Gate();
    stage.playWhenAsked("how many cats?", [says("Three cats."), { do: "hold", gate }]);
    stage.playWhenAsked("and dogs?", [says("Two dogs.")]);
    await stage.bind(STEERED);
    const said = stage.say(STEERED, "how many cats?");
    await stage.chain.model.waitForRequest(/^how many cats\?$/);
    const steer = stage.say(STEERED, "/codexchat steer and dogs?");
    await hears(steer, /./);
    if (!codexTraits.cutsSpeechForInput) gate.open();
    await hears(said, "Three cats.\n\nTwo dogs.");
    gate.open();
    expect(heardIn(STEERED).filter((line) => line.includes("cats."))).toHaveLength(1);
  });

  test("has its parts in order, and none of what was said on the way", async ({ expect }) => {
    stage.playWhenAsked("tell me a story", [
      says("I think of one.", "commentary"),
      ...(codexTraits.hasPartialAnswers ? [says("Once upon a time.", "partial_answer")] : []),
      says("There was a fox."),
      says("It left."),
    ]);
    await stage.bind(PARTS);
    const said = stage.say(PARTS, "tell me a story");
    await hears(said, /It left\.$/);
    const begin = codexTraits.hasPartialAnswers ? "Once upon a time.\n\n" : "";
    expect(heardIn(PARTS)).toEqual([
      "person: tell me a story",
      `bot: ${begin}There was a fox.\n\nIt left.`,
    ]);
  });

  test("is told though the stream is cut right after it", async ({ expect }) => {
    stage.playWhenAsked("what is the word?", [says("The word is apple."), { do: "cut" }]);
    await stage.bind(CUT);
    const said = stage.say(CUT, "what is the word?");
    await hears(said, /apple/);
    expect(heardIn(CUT)).toEqual([
      "person: what is the word?",
      botSays(/^Codex app-server turn failed: [^]*It had said:\n\nThe word is apple\.$/),
    ]);
    await stage.talk(CUT, "and the next?");
    stage.readChat(CUT);
  });

  test("in plan mode is a plan, alone or with words, until the chat leaves that mode", async ({
    expect,
  }) => {
    const plan = "<proposed_plan>\n1. Paint it.\n</proposed_plan>";
    stage.playWhenAsked("plan the wall", [says(`I saw the wall.\n${plan}\n`)]);
    stage.playWhenAsked("only the plan", [says(`${plan}\n`)]);
    await stage.bind(PLANNING);
    await hears(stage.say(PLANNING, "/codexchat plan on"), /^Plan mode is on/);
    const words = stage.say(PLANNING, "plan the wall");
    await hears(words, "I saw the wall.");
    await hears(words, /^📋 Plan:\n\n1\. Paint it\.$/);
    await hears(stage.say(PLANNING, "/codexchat status"), /Plan mode: on/);
    const alone = stage.say(PLANNING, "only the plan");
    const { buttons } = await hears(alone, /^📋 Plan:\n\n1\. Paint it\.$/);
    expect(buttons.flat().map(({ text }) => text)).toContain("Implement");
    await hears(stage.say(PLANNING, "/codexchat plan off"), /^Plan mode is off/);
    await stage.talk(PLANNING, "paint it");
    expect(heardIn(PLANNING).at(-1)).not.toContain("📋");
  });

  test("that has no words says what was done", async ({ expect }) => {
    stage.playWhenAsked("just touch it", [{ do: "shell", command: "touch touched.txt" }]);
    await stage.bind(WORDLESS);
    const said = stage.say(WORDLESS, "just touch it");
    const { text } = await hears(said, /^Codex completed without a text reply\./);
    expect(plain(text)).toContain("touch touched.txt");
    stage.readChat(WORDLESS);
  });
});
