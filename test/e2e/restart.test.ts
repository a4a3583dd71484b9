/** What a chat gets across the gateway's death, its orderly end and a channel that is down meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerTo, botSays, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 150_000;
/** It starts a gateway in the middle. */
const RESTART_TIMEOUT_MS = 150_000;

const KILLED = 4001;
const STOPPED = 4002;

const CUT_OFF = /^The gateway restarted while Codex worked on this message/;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([KILLED, STOPPED], []);
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

test(
  "nothing else was said, and no message is left in an inbox",
  { timeout: RESTART_TIMEOUT_MS },
  async () => {
    await stage.chain.gateway.stop();
    expect(await stage.stored.list()).toEqual([]);
    expect(stage.unread()).toEqual([]);
  },
);
