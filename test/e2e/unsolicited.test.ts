/** What a person in a chat hears of what Codex does by itself: goals, and sub-agents. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { completesGoal, delegates, isGoalTurn, pursuesGoal } from "../support/model-scripts.js";
import { Gate, type Script } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 180_000;
const HEARD_WITHIN_MS = 90_000;

const REACHED = 6001;
const STOPPED = 6002;
const AGENTS = 6003;
const TODAY = 6004;

let stage: Stage;
/** By what the conversation began with. */
const scripts = new Map<string, Script>();

beforeAll(async () => {
  stage = await Stage.open([REACHED, STOPPED, AGENTS, TODAY], []);
  stage.chain.model.script = (request) => {
    const first = request.history.find((said) => scripts.has(said)) ?? "";
    const script = scripts.get(first);
    if (script) return script(request);
    return [{ do: "say", text: answerTo(request.said), phase: "final_answer" }];
  };
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

describe.concurrent("what Codex does by itself", { timeout: TALK_TIMEOUT_MS }, () => {
  test("a goal's answers come until it is reached, and its end is told", async ({ expect }) => {
    scripts.set(
      "pursue peace",
      pursuesGoal((turn) =>
        turn < 3 ? [{ do: "say", text: `Work ${turn}.`, phase: "final_answer" }] : completesGoal,
      ),
    );
    await stage.bind(REACHED);
    const said = stage.say(REACHED, "pursue peace");
    await hears(said, /^🎯 Goal reached after 3 turns/);
    const heard = stage.readChat(REACHED).slice(4);
    expect(heard).toEqual([
      "person: pursue peace",
      "bot: The goal is set.",
      "bot: Work 1.",
      "bot: Work 2.",
      "bot: The goal is reached.",
      expect.stringMatching(/^bot: 🎯 Goal reached after 3 turns and \d+k? tokens\.$/),
    ]);
  });

  test("a message has its own turn while a goal runs, a stop pauses the goal, and it can be resumed", async ({
    expect,
  }) => {
    const gates = [new Gate(), new Gate()];
    scripts.set(
      "pursue order",
      pursuesGoal((turn) => {
        const gate = gates[turn - 1];
        return [
          ...(gate ? [{ do: "hold", gate } as const] : []),
          ...(turn > 2
            ? completesGoal
            : [{ do: "say", text: `Work ${turn}.`, phase: "final_answer" } as const]),
        ];
      }),
    );
    await stage.bind(STOPPED);
    const said = stage.say(STOPPED, "pursue order");
    await hears(said, "The goal is set.");
    await stage.statusThat(
      STOPPED,
      /A turn is running.*\nGoal running: order \(set .* ago, \d turns?, /s,
    );
    const aside = stage.say(STOPPED, "how are the docs?");
    await stage.taken(aside);
    // Whatever turn runs when it is paused is the last before the message's.
    let goal = "";
    while (!goal.startsWith("Goal paused: order")) {
      // oxlint-disable-next-line no-await-in-loop
      ({ text: goal } = await hears(stage.say(STOPPED, "/codexchat goal"), /^Goal /));
    }
    gates[0]?.open();
    await hears(aside, "Work 1.");
    await hears(aside, "how are the docs?");
    // It goes on after the message's turn.
    await stage.chain.model.requests.waitFor((request) => isGoalTurn(request), {
      after: stage.requestsWith("how are the docs?")[0],
    });
    const stop = stage.say(STOPPED, "/codexchat stop");
    await hears(stop, "Codex stop requested. The goal is paused.");
    await hears(stop, /^Codex was stopped\./);
    await hears(stop, /^🎯 Goal paused after 2 turns/);
    gates[1]?.open();
    const resume = stage.say(STOPPED, "/codexchat goal resume");
    await hears(resume, /^🎯 Goal reached/);
    const none = stage.say(STOPPED, "/codexchat goal clear");
    await hears(none, /^Goal cleared\.$/);
    const heard = stage.readChat(STOPPED).filter((line) => /^bot: (?:Work|how are)/.test(line));
    expect(heard).toEqual(["bot: Work 1.", "bot: how are the docs?"]);
  });

  test("a sub-agent asks in the chat, by its name", async ({ expect }) => {
    const script = delegates(() => [
      { do: "shell", command: "echo shipped > ../by-agent.txt", justification: "To ship it" },
      { do: "say", text: "Shipped.", phase: "final_answer" },
    ]);
    scripts.set("delegate shipping", script);
    // What the sub-agent is asked, on a thread that knows nothing else.
    scripts.set("shipping", script);
    await stage.bind(AGENTS);
    const said = stage.say(AGENTS, "delegate shipping");
    const question = await hears(said, /wants to run a command/);
    expect(question.text).toMatch(/by-agent\.txt/);
    stage.chain.telegram.person.click(question, "Allow once");
    await hears(said, "The helper is done.");
  });
});
