/** A goal as a chat lives with it: a long run of turns, what is asked in them, its budget, a bind, a detach. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { RealCodex } from "../support/app-server/real-codex.js";
import { DEFAULT_MODEL } from "../support/codex-home.js";
import { codexTraits } from "../support/codex-traits.js";
import { completesGoal, isGoalTurn, pursuesGoal } from "../support/model-scripts.js";
import { Gate, says, type Step } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { botSays, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 240_000;
const HEARD_WITHIN_MS = 90_000;

/** By the model's name. */
const LONG: Record<string, number> = { "mock-model": 6201, "gpt-6.1-sol": 6202 };
const ASKED = 6203;
const BINDER = 6204;
const LEAVER = 6205;
const FAILING = 6206;

let stage: Stage;
let terminals: RealCodex;

beforeAll(async () => {
  const people = [...Object.values(LONG), ASKED, BINDER, LEAVER, FAILING];
  stage = await Stage.open(people, [], { plugin: { goals: { maxTurns: 7 } } });
  terminals = await RealCodex.beside(stage.chain);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await terminals?.dispose();
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

/** How many turns Codex has begun for the goal of the conversation that began with this. */
const goalTurns = (first: string): number =>
  new Set(
    stage
      .requestsWith(first)
      .filter(isGoalTurn)
      .map(({ turnId }) => turnId),
  ).size;

/** The goal is paused by now: a turn that runs is the last before a message's, or of all. */
async function paused(chat: number): Promise<void> {
  let goal = "";
  while (!goal.startsWith("Goal paused: ")) {
    // oxlint-disable-next-line no-await-in-loop
    ({ text: goal } = await hears(stage.say(chat, "/codexchat goal"), /^Goal /));
  }
}

/** What was said of the goal when somebody asked for it. */
const isAskedFor = (line: string): boolean =>
  line === "person: /codexchat goal" || /^bot: Goal (?:paused|running): /.test(line);

const threadOf = (first: string): string => stage.requestsWith(first)[0]?.threadId ?? "";

describe.concurrent("a goal in a chat", { timeout: TALK_TIMEOUT_MS }, () => {
  test.for(codexTraits.models)(
    "of %s that takes long changes one note, asks and ends in messages, and asks when its turns are used up",
    async (model, { expect }) => {
      const chat = LONG[model] ?? 0;
      const first = `pursue tidiness with ${model}`;
      const gates = new Map([4, 5, 7].map((turn) => [turn, new Gate()]));
      stage.playFrom(
        first,
        pursuesGoal((turn) => {
          if (turn === 6) return [says("Round 6. May I rename the folder?")];
          const gate = gates.get(turn);
          const waits = gate ? [{ do: "hold", gate } as const] : [];
          return turn < 9 ? [...waits, says(`Round ${turn}.`)] : completesGoal;
        }),
      );
      await stage.bind(chat);
      if (model !== DEFAULT_MODEL) await stage.useModel(chat, model);
      const said = stage.say(chat, first);
      await hears(said, "Round 3.");
      gates.get(4)?.open();
      await hears(said, /Last: Round 4\.$/);
      gates.get(5)?.open();
      await hears(said, /^Round 6/);
      await paused(chat);
      gates.get(7)?.open();
      const question = await hears(said, /^❓ 🎯 The goal is paused after 7 turns/);
      expect(goalTurns(first)).toBe(7);
      stage.chain.telegram.person.click(question, "Continue with 7 more turns");
      await hears(said, /^🎯 Goal reached after 2 turns/);
      const heard = stage
        .readChat(chat)
        .slice(boundLines().length + (model === DEFAULT_MODEL ? 0 : 2));
      expect(heard.filter((line) => !isAskedFor(line))).toEqual([
        `person: ${first}`,
        "bot: The goal is set.",
        "bot: Round 1.",
        "bot: Round 2.",
        "bot: Round 3.",
        botSays(new RegExp(`^🎯 tidiness with ${model}\n4 turns · .* tokens\nLast: Round 4\\.$`)),
        botSays(new RegExp(`^🎯 tidiness with ${model}\n5 turns · .* tokens\nLast: Round 5\\.$`)),
        "bot: Round 6. May I rename the folder?",
        "bot: Round 7.",
        botSays(/^❓ 🎯 The goal is paused after 7 turns/),
        "person: Continue with 7 more turns",
        botSays(/➡️ Continue with 7 more turns/),
        "bot: Round 8.",
        "bot: The goal is reached.",
        botSays(/^🎯 Goal reached after 2 turns/),
      ]);
    },
  );

  test.runIf(codexTraits.modelsWithClock.length > 0)(
    "asks without waiting; the answer to a turn that is over has a turn between two of the goal's",
    async ({ expect }) => {
      const gate = new Gate();
      stage.playFrom(
        "pursue names",
        pursuesGoal(
          (turn) => {
            const questions = [{ title: "Rename it now?", options: ["Now", "Later"] }];
            const ask: Step = {
              do: "call",
              name: "request_user_input_async",
              args: { questions },
            };
            if (turn === 1) return [ask, says("I kept the old name.")];
            return turn === 2 ? [{ do: "hold", gate }, says("Second look.")] : completesGoal;
          },
          ({ said }) => [says(`Heard: ${said}`)],
        ),
      );
      await stage.bind(ASKED);
      await stage.useModel(ASKED, codexTraits.modelsWithClock[0] ?? "");
      const said = stage.say(ASKED, "pursue names");
      const question = await hears(said, /^❓[^]*Rename it now\?/);
      await hears(said, "I kept the old name.");
      await stage.chain.model.requests.waitFor(() => goalTurns("pursue names") === 2);
      stage.chain.telegram.person.click(question, "Later");
      await hears(said, /➡️ Later$/);
      await paused(ASKED);
      gate.open();
      await hears(said, /^🎯 Goal reached after 3 turns/);
      const heard = stage.readChat(ASKED).slice(boundLines().length + 2);
      expect(heard.filter((line) => !isAskedFor(line) && !/❓|^person: Later/.test(line))).toEqual([
        "person: pursue names",
        "bot: The goal is set.",
        "bot: I kept the old name.",
        "bot: Second look.",
        botSays(/^Heard: You asked: Rename it now\?\nThe person answers: Later$/),
        "bot: The goal is reached.",
        botSays(/^🎯 Goal reached after 3 turns/),
      ]);
    },
  );

  test("that a terminal has set is paused by the bind, before a paid turn begins, and named", async ({
    expect,
  }) => {
    const first = "look at the roof";
    stage.playFrom(
      first,
      pursuesGoal(() => completesGoal),
    );
    const terminal = await terminals.start();
    const threadId = await terminal.startThread({ sandbox: "workspace-write" });
    await terminal.runTurn(threadId, first);
    await terminal.client.close();
    // A thread that no process has loaded takes a goal, and nothing begins on it.
    const other = await terminals.start();
    await other.request("thread/goal/set", { threadId, objective: "a dry roof", status: "active" });
    await other.client.close();
    expect(goalTurns(first)).toBe(0);

    const bind = stage.say(BINDER, `/codexchat bind ${threadId}`);
    const prompt = await hears(bind, /^Plugin bind approval required/);
    expect(prompt.text).toMatch(/goal is paused: a dry roof/);
    await hears(stage.chain.telegram.person.click(prompt, "Allow once"), /^Allowed/);
    await hears(stage.say(BINDER, "/codexchat goal"), /^Goal paused: a dry roof/);
    await hears(stage.say(BINDER, first), first);
    expect(goalTurns(first)).toBe(0);
    const resume = stage.say(BINDER, "/codexchat goal resume");
    await hears(resume, /^🎯 Goal reached after 1 turn/);
    stage.readChat(BINDER);
  });

  test("ends with a detach, and waits for the next bind", async ({ expect }) => {
    const first = "pursue silence";
    const gate = new Gate();
    stage.playFrom(
      first,
      pursuesGoal((turn) => [{ do: "hold", gate }, says(`Quiet ${turn}.`)]),
    );
    await stage.bind(LEAVER);
    const said = stage.say(LEAVER, first);
    await hears(said, "The goal is set.");
    await stage.chain.model.requests.waitFor(() => goalTurns(first) === 1);
    const leave = stage.say(LEAVER, "/codexchat detach");
    await hears(
      leave,
      /^This chat is detached from Codex, and its running turn is being stopped\./,
    );
    gate.open();
    const bind = stage.say(LEAVER, `/codexchat bind ${threadOf(first)}`);
    const prompt = await hears(bind, /^Plugin bind approval required/);
    expect(prompt.text).toMatch(/goal is paused: silence/);
    await hears(stage.chain.telegram.person.click(prompt, "Allow once"), /^Allowed/);
    await hears(stage.say(LEAVER, "/codexchat goal"), /^Goal paused: silence/);
    expect(goalTurns(first)).toBe(1);
    await hears(stage.say(LEAVER, "/codexchat goal clear"), "Goal cleared.");
    stage.readChat(LEAVER);
  });

  test("whose turn fails tells why, and what to do about the goal", async ({ expect }) => {
    const first = "pursue luck";
    stage.playFrom(
      first,
      pursuesGoal((turn) =>
        turn === 1 ? [{ do: "fail", status: 400, message: "no luck today" }] : completesGoal,
      ),
    );
    await stage.bind(FAILING);
    const said = stage.say(FAILING, first);
    await hears(said, /^🎯 Goal blocked[^]*goal resume/);
    await hears(stage.say(FAILING, "/codexchat goal resume"), /^🎯 Goal reached/);
    const heard = stage.readChat(FAILING).slice(boundLines().length);
    expect(heard.slice(0, 4)).toEqual([
      `person: ${first}`,
      "bot: The goal is set.",
      "bot: Codex app-server turn failed: no luck today",
      botSays(/^🎯 Goal blocked/),
    ]);
  });
});
