/** The plugin is updated while the gateway is stopped: what was under way and the bound chats are there afterwards. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { FIRST_VERSION, packAgain } from "../support/plugin-package.js";
import { Installation } from "./installation.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
/** Each starts programs of OpenClaw's, which take their time on a busy machine. */
const STEP_TIMEOUT_MS = 300_000;

/** Its turn runs and a message waits when the gateway stops. */
const RUNNING = 5101;
/** The first thing that it sends after the update is a command. */
const COMMANDED = 5102;
/** The first thing that it sends after the update is a message. */
const SPOKEN = 5103;
const CHATS = [RUNNING, COMMANDED, SPOKEN];

const CUT_OFF = /^The gateway restarted while Codex was working on this message/;

let stage: Stage;
let installation: Installation;

beforeAll(async () => {
  stage = await Stage.open(CHATS, [], { installed: false });
  installation = new Installation(stage);
  await installation.setUp(FIRST_VERSION);
  await stage.chain.gateway.run();
  for (const chat of CHATS) {
    // oxlint-disable-next-line no-await-in-loop
    await stage.bind(chat);
  }
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

test.each([
  { from: "version 0.1.0", to: () => stage.chain.tarball },
  { from: "today's version", to: () => packAgain(stage.chain.tarball, "0.99.0") },
])(
  "from $from: what waited is answered, what ran is reported, and every command works",
  { timeout: STEP_TIMEOUT_MS },
  async ({ from, to }) => {
    const { gateway, model } = stage.chain;
    const gate = stage.holdTurnsAsked(`running in ${from}`);
    const running = stage.say(RUNNING, `running in ${from}`);
    await model.waitForRequest(new RegExp(`^running in ${from}$`));
    const waiting = stage.say(RUNNING, `waiting in ${from}`);
    // An older OpenClaw does not log that the plugin has taken it.
    await stage.stored.waitForCount(2);
    await gateway.stop();
    gate.open();
    await installation.install(await to());
    await installation.keepMessagesApart();
    await gateway.run();

    await stage.replyTo(running, CUT_OFF);
    await stage.replyTo(waiting, answerTo(`waiting in ${from}`));
    await installation.command(COMMANDED, "status", /^Codex thread: /);
    await installation.stopTurn(SPOKEN, `stop after ${from}`);
    await installation.command(RUNNING, "status", /^Codex thread: /);
    await installation.useFully(COMMANDED, `after ${from}`);
    await installation.useFully(SPOKEN, `after ${from}`);
    expect(installation.complaintsIn(CHATS)).toEqual([]);
    for (const said of [`running in ${from}`, `waiting in ${from}`]) {
      expect(model.requests.entries.filter((request) => request.said === said)).toHaveLength(1);
    }
  },
);
