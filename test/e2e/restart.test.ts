/** What a chat gets across the gateway's death and its orderly end, and what later settings change in it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { completesGoal, isGoalTurn, pursuesGoal } from "../support/model-scripts.js";
import { Gate } from "../support/responses-api.js";
import { readAloud } from "./read-aloud.js";
import { answerTo, botSays, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
/** It starts a gateway in the middle. */
const RESTART_TIMEOUT_MS = 300_000;

const KILLED = 4001;
const STOPPED = 4002;
const ASKED = 4003;
const OWNER = 4004;
const GOAL = 4005;

const CUT_OFF = /^The gateway restarted while Codex was working on this message/;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([KILLED, STOPPED, ASKED, OWNER, GOAL], []);
  await stage.bind(ASKED);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

test.each([
  { how: "kill -9", chat: KILLED, end: () => stage.chain.gateway.kill() },
  { how: "SIGTERM", chat: STOPPED, end: () => stage.chain.gateway.stop() },
])(
  "$how with one turn running and two messages waiting: a notice, then both answers, nothing twice",
  { timeout: RESTART_TIMEOUT_MS },
  async ({ chat, end }) => {
    await stage.bind(chat);
    await stage.talk(chat, `before ${chat}`);
    const gate = stage.holdTurnsAsked(`running ${chat}`);
    stage.say(chat, `running ${chat}`);
    await stage.chain.model.waitForRequest(new RegExp(`^running ${chat}$`));
    // One after the other: the channel makes one message of two that come in the same moment.
    await stage.taken(stage.say(chat, `waiting ${chat}`));
    const last = stage.say(chat, `last ${chat}`);
    await stage.taken(last);

    await end();
    gate.open();
    await stage.chain.gateway.start();
    await stage.replyTo(last, answerTo(`last ${chat}`));

    expect(stage.readChat(chat)).toEqual([
      ...boundLines(),
      `person: before ${chat}`,
      `bot: ${answerTo(`before ${chat}`)}`,
      `person: running ${chat}`,
      `person: waiting ${chat}`,
      `person: last ${chat}`,
      botSays(CUT_OFF),
      `bot: ${answerTo(`waiting ${chat}`)}`,
      `bot: ${answerTo(`last ${chat}`)}`,
    ]);
    for (const said of ["running", "waiting", "last"]) {
      const asked = stage.chain.model.requests.entries.filter(
        (request) => request.said === `${said} ${chat}`,
      );
      expect(asked).toHaveLength(1);
    }
  },
);

/** An answer that was on its way when the gateway was killed can come a second time, marked. */
const isOfGoal = (line: string): boolean =>
  !line.endsWith("(This may be a repeat.)") && !/: (?:\/codexchat goal|Goal )/.test(line);

test(
  "a goal continues by itself after kill -9, and the chat is asked when it has used its turns",
  { timeout: RESTART_TIMEOUT_MS },
  async () => {
    await stage.chain.gateway.stop();
    stage.configure({ plugin: { goals: { maxTurns: 3 } } });
    await stage.chain.gateway.start();
    const [gate, lastGate] = [new Gate(), new Gate()];
    const { script } = stage.chain.model;
    stage.chain.model.script = pursuesGoal((turn) => {
      if (turn === 2) return [{ do: "hold", gate }];
      if (turn === 4) return completesGoal;
      const says = { do: "say", text: `Work ${turn}.`, phase: "final_answer" } as const;
      return turn === 3 ? [{ do: "hold", gate: lastGate }, says] : [says];
    }, script);
    await stage.bind(GOAL);
    const said = stage.say(GOAL, "pursue calm");
    await stage.replyTo(said, "Work 1.");
    const cutOff = await stage.chain.model.requests.waitFor(isGoalTurn, {
      after: stage.chain.model.requests.entries.find(isGoalTurn),
    });

    await stage.chain.gateway.kill();
    gate.open();
    await stage.chain.gateway.start();
    await stage.chain.model.requests.waitFor(isGoalTurn, { after: cutOff });
    // The turn that is its last is told apart while it runs.
    let goal = "";
    while (!goal.startsWith("Goal paused: calm")) {
      // oxlint-disable-next-line no-await-in-loop
      ({ text: goal } = await stage.replyTo(stage.say(GOAL, "/codexchat goal"), /^Goal /));
    }
    lastGate.open();
    await stage.replyTo(said, "Work 3.");
    const question = await stage.questionAfter(said);
    expect(question.text).toMatch(/The goal is paused after 3 turns .*Goal: calm/s);
    stage.chain.telegram.person.click(question, "Continue with 3 more turns");
    await stage.replyTo(said, /^🎯 Goal reached after 1 turn/);
    stage.chain.model.script = script;
    const heard = stage.readChat(GOAL).slice(boundLines().length);
    expect(heard.filter(isOfGoal)).toEqual([
      "person: pursue calm",
      "bot: The goal is set.",
      "bot: Work 1.",
      "bot: Work 3.",
      botSays(/^❓ 🎯 The goal is paused after 3 turns/),
      "person: Continue with 3 more turns",
      botSays(/➡️ Continue with 3 more turns/),
      "bot: The goal is reached.",
      botSays(/^🎯 Goal reached after 1 turn/),
    ]);
  },
);

/** The model wants to run a command of its own, and answers when it has. */
function wantsToRun(said: string): void {
  stage.playWhenAsked(said, [
    { do: "shell", command: `echo ${said}`, justification: "To see" },
    { do: "say", text: answerTo(said), phase: "final_answer" },
  ]);
}

describe("where Codex asks", () => {
  test(
    "in a chat without buttons, the answer is typed",
    { timeout: RESTART_TIMEOUT_MS },
    async () => {
      await stage.chain.gateway.stop();
      stage.configure({
        telegram: { capabilities: { inlineButtons: "off" } },
        plugin: { turn: { whileRunning: "steer" } },
      });
      await stage.chain.gateway.start();
      wantsToRun("Run the tests");
      const said = stage.say(ASKED, "Run the tests");
      const question = await stage.questionAfter(said);
      expect(question.buttons).toEqual([]);
      await stage.replyTo(stage.say(ASKED, "/codexchat approve"), "➡️ Allowed once.");
      await stage.replyTo(said, answerTo("Run the tests"));
      await stage.replyTo(said, /^❓[^]*➡️ Allowed once\./);

      // What comes meanwhile goes into the running turn, as this gateway's operator wants it.
      const gate = stage.holdTurnsAsked("Write the docs");
      const docs = stage.say(ASKED, "Write the docs");
      await stage.chain.model.waitForRequest(/^Write the docs$/);
      await stage.taken(stage.say(ASKED, "Keep them short"));
      await stage.chain.model.waitForRequest(/^Keep them short$/);
      gate.open();
      await stage.replyTo(docs, answerTo("Keep them short"));
      const text = readAloud(stage.chain, ASKED, {
        eitherOrder: [[/^CODEX\n    ➡️ Allowed once\.$/, /Codex heard: Run the tests$/]],
      });
      await expect(text).toMatchFileSnapshot("./transcripts/12-without-buttons.txt");
      stage.readChat(ASKED);
    },
  );

  test(
    "and the gateway has an owner, OpenClaw asks the owner, and nobody else can say yes",
    { timeout: RESTART_TIMEOUT_MS },
    async () => {
      await stage.chain.gateway.stop();
      stage.configure({ sections: { commands: { ownerAllowFrom: [`telegram:${OWNER}`] } } });
      await stage.chain.gateway.start();
      const before = readAloud(stage.chain, ASKED).length;
      wantsToRun("Publish the release");
      const said = stage.say(ASKED, "Publish the release");
      await stage.replyTo(said, /approval/i);
      const asked = await stage.chain.telegram.waitForMessage(OWNER, /Plugin approval required/);
      await stage.replyTo(stage.say(ASKED, "/codexchat approve"), /owner/);
      stage.chain.telegram.person.click(asked, "Allow Once");
      await stage.replyTo(said, answerTo("Publish the release"));
      // The press and the outcome each change what the owner was asked.
      await stage.replyTo(asked, /^✅ Approval resolved here/);
      await stage.replyTo(asked, /^✅ Plugin approval resolved[^]*Allowed once/);

      wantsToRun("Clean the caches");
      const again = stage.say(ASKED, "Clean the caches");
      await stage.replyTo(again, /approval request/);
      const second = await stage.chain.telegram.waitForMessage(
        OWNER,
        /required[^]*Clean the caches/,
      );
      const stop = stage.say(ASKED, "/codexchat stop");
      await stage.replyTo(stop, /^Codex stop requested/);
      await stage.replyTo(stop, /^Codex was stopped/);
      await stage.chain.telegram.waitForMessage(OWNER, /resolved[^]*Denied[^]*Clean the caches/, {
        after: second,
      });
      const chat = readAloud(stage.chain, ASKED, {
        eitherOrder: [[/Codex stop requested/, /Codex was stopped/]],
      }).slice(before);
      const owner = readAloud(stage.chain, OWNER, {
        eitherOrder: [[/✅ Approval resolved here/, /✅ Plugin approval resolved/]],
      });
      await expect(`${owner}---\n${chat}`).toMatchFileSnapshot(
        "./transcripts/13-with-an-owner.txt",
      );
      stage.readChat(ASKED);
      stage.readChat(OWNER);
    },
  );
});

test(
  "nothing else was said, and no message is left in an inbox",
  { timeout: RESTART_TIMEOUT_MS },
  async () => {
    await stage.chain.gateway.stop();
    expect(await stage.stored.list()).toEqual([]);
    expect(stage.unread()).toEqual([]);
  },
);
