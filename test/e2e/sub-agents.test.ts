/** Sub-agents as a chat lives with them: what they ask, what outlives the answer, what ends them. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { endlessCommand } from "../support/app-server/endless-command.js";
import { DEFAULT_MODEL } from "../support/codex-home.js";
import { codexTraits } from "../support/codex-traits.js";
import { delegates, spawnAgent, waitForAgent } from "../support/model-scripts.js";
import { Gate, says, type Script } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { asString } from "../support/wire-guards.js";
import { WireTap } from "../support/wire-tap.js";
import { IDLE, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 240_000;
const HEARD_WITHIN_MS = 90_000;

const SCENARIOS = ["stopped", "left", "nested", "detached", "several"] as const;
type Scenario = (typeof SCENARIOS)[number];

let stage: Stage;
let tap: WireTap;

/** Each scenario with each model has a chat of its own. */
const chatOf = (model: string, scenario: Scenario): number =>
  6300 + 10 * codexTraits.models.indexOf(model) + SCENARIOS.indexOf(scenario);

beforeAll(async () => {
  const people = codexTraits.models.flatMap((model) =>
    SCENARIOS.map((scenario) => chatOf(model, scenario)),
  );
  tap = await WireTap.create();
  stage = await Stage.open(people, [], { plugin: { appServer: tap.appServer } });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await tap?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

/** The chat is told this; whoever is given the task, on a thread that knows nothing else, plays the child. */
function play(said: string, parent: Script, tasks: Readonly<Record<string, Script>>): void {
  stage.playFrom(said, parent);
  for (const [task, child] of Object.entries(tasks)) stage.playFrom(task, child);
}

async function boundTo(model: string, scenario: Scenario): Promise<number> {
  const chat = chatOf(model, scenario);
  await stage.bind(chat);
  if (model !== DEFAULT_MODEL) await stage.useModel(chat, model);
  return chat;
}

describe.concurrent.each(codexTraits.models)("a sub-agent of %s", (model) => {
  test(
    "ends with its command when the chat stops the turn that waits for it",
    { timeout: TALK_TIMEOUT_MS },
    async ({ expect }) => {
      const chat = await boundTo(model, "stopped");
      const endless = await endlessCommand(stage.chain.workspace, `stopped-${model}`);
      const task = `guarding with ${model}`;
      const asked: string[] = [];
      play(
        `delegate ${task}`,
        delegates(() => [says("Never asked.")]),
        {
          [task]: ({ turnId }) => {
            asked.push(turnId);
            return [{ do: "shell", command: endless.command }, says("Guarded.")];
          },
        },
      );
      const said = stage.say(chat, `delegate ${task}`);
      await endless.up;
      await stage.statusThat(chat, /Sub-agent working: /);
      await hears(stage.say(chat, "/codexchat stop"), "Codex stop requested.");
      await hears(said, /^Codex was stopped\./);
      await endless.ended;
      await stage.statusThat(chat, IDLE);
      await hears(stage.say(chat, "/codexchat stop"), "No active Codex run to stop.");
      expect(asked).toHaveLength(1);
      stage.readChat(chat);
    },
  );

  test(
    "that works on after the answer is named there, asks by its name, and its end is told",
    { timeout: TALK_TIMEOUT_MS },
    async ({ expect }) => {
      const chat = await boundTo(model, "left");
      const gate = new Gate();
      const [task, said] = [`late work with ${model}`, `hand on to ${model}`];
      play(
        said,
        (request) =>
          request.said === said
            ? [spawnAgent(request, task), says("I have handed it on.")]
            : [says(`Heard ${request.said}.`)],
        {
          [task]: () => [
            { do: "hold", gate },
            {
              do: "shell",
              command: `echo late > ../late-${model}.txt`,
              justification: "It is late",
            },
            says("Done late."),
          ],
        },
      );
      const begun = stage.say(chat, said);
      const answer = await hears(begun, /^I have handed it on\./);
      const name = /1 sub-agent is still working: (\S+)\. /.exec(answer.text)?.[1] ?? "";
      expect(name).toMatch(/\w/);
      await stage.statusThat(chat, new RegExp(`Sub-agent working: ${name}`));
      gate.open();
      const question = await stage.questionAfter(begun, HEARD_WITHIN_MS);
      expect(question.text).toContain(name);
      expect(question.text).toContain(`late-${model}.txt`);
      stage.chain.telegram.person.click(question, "Allow once");
      await hears(begun, `🤖 Sub-agent ${name} has finished. Ask Codex for the result.`);
      stage.readChat(chat);
    },
  );

  test("ends with a detach", { timeout: TALK_TIMEOUT_MS }, async ({ expect }) => {
    const chat = await boundTo(model, "detached");
    const endless = await endlessCommand(stage.chain.workspace, `detached-${model}`);
    const task = `work on with ${model}`;
    let turns = 0;
    play(
      `delegate ${task}`,
      delegates(() => []),
      {
        [task]: () => {
          turns += 1;
          return [{ do: "shell", command: endless.command }, says("Worked on.")];
        },
      },
    );
    stage.say(chat, `delegate ${task}`);
    await endless.up;
    const leave = stage.say(chat, "/codexchat detach");
    await hears(leave, /^This chat is detached from Codex, and its running turn is being stopped/);
    await endless.ended;
    expect(turns).toBe(1);
    stage.readChat(chat);
  });

  test(
    "is left with its thread, as are the others that were there before it",
    { timeout: TALK_TIMEOUT_MS },
    async ({ expect }) => {
      const chat = await boundTo(model, "several");
      const said = `ask around with ${model}`;
      const rooms = ["attic", "bath", "cellar", "den", "entry", "forge"];
      const tasks = rooms.map((room) => `look into the ${room} with ${model}`);
      play(
        said,
        (request) => [
          ...tasks.flatMap((task, index) => [
            spawnAgent(request, task, rooms[index]),
            waitForAgent(),
          ]),
          says("Nobody is in."),
        ],
        Object.fromEntries(tasks.map((task) => [task, () => [says("Empty.")]])),
      );
      await hears(stage.say(chat, said), "Nobody is in.");
      const threads = [said, ...tasks].map((text) => stage.requestsWith(text).at(-1)?.threadId);
      expect(new Set(threads).size).toBe(7);
      const leave = stage.say(chat, "/codexchat detach");
      await hears(leave, /^This chat is detached from Codex/);
      await tap.sent("thread/unsubscribe", (params) => {
        const left = new Set(params.map(({ threadId }) => asString(threadId)));
        return threads.every((threadId) => left.has(threadId ?? ""));
      });
      stage.readChat(chat);
    },
  );
});

/** The first generation has no agents of agents. */
const nesting = codexTraits.models.filter((model) => model !== DEFAULT_MODEL);

describe.each(nesting)("a sub-agent of %s", (model) => {
  test(
    "may have one of its own: that asks in the chat, too, and a stop without a turn ends both",
    { timeout: TALK_TIMEOUT_MS },
    async ({ expect }) => {
      const chat = await boundTo(model, "nested");
      const endless = await endlessCommand(stage.chain.workspace, `nested-${model}`);
      const outer = `outer work with ${model}`;
      const inner = `inner work with ${model}`;
      const said = `nest with ${model}`;
      play(said, (request) => [spawnAgent(request, outer), says("Two are at it.")], {
        [outer]: (request) => [
          spawnAgent(request, inner, "inner"),
          { do: "hold", gate: new Gate() },
          says("Outer done."),
        ],
        [inner]: () => [
          { do: "shell", command: "echo deep > ../deep.txt", justification: "It is deep" },
          { do: "shell", command: endless.command },
          says("Inner done."),
        ],
      });
      const begun = stage.say(chat, said);
      await hears(begun, /^Two are at it\./);
      const question = await stage.questionAfter(begun, HEARD_WITHIN_MS);
      expect(question.text).toContain("deep.txt");
      stage.chain.telegram.person.click(question, "Allow once");
      await endless.up;
      await hears(stage.say(chat, "/codexchat stop"), "Codex stop requested for 2 sub-agents.");
      await endless.ended;
      await stage.statusThat(chat, IDLE);
      await hears(stage.say(chat, "/codexchat stop"), "No active Codex run to stop.");
      stage.readChat(chat);
    },
  );
});
