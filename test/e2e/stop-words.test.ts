/** Words to stop and commands with a mention before them, which OpenClaw does not hand on as what they are. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 180_000;

const ANN = 6101;
const BEN = 6102;
const STRANGER = 6109;
const GROUP = -1006101;

/** By OpenClaw, for its own agent. */
const AGENT_ABORTED = /Agent was aborted/;
const STOPPED = /^Codex was stopped\./;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([ANN, BEN], [GROUP], { plugin: { appServer: { mode: "yolo" } } });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

describe.concurrent("in a bound chat", { timeout: TALK_TIMEOUT_MS }, () => {
  test("a word to stop stops the turn and its command, and not the chat", async ({ expect }) => {
    await stage.bind(ANN);
    const lines = boundLines();
    for (const [index, word] of ["stop", "Please stop!", "/stop"].entries()) {
      const mark = `ran-${index}`;
      stage.playWhenAsked(`Work until ${word}`, [
        { do: "shell", command: `echo began > ${mark}; sleep 30; echo on >> ${mark}` },
        { do: "say", text: "Not stopped.", phase: "final_answer" },
      ]);
      stage.say(ANN, `Work until ${word}`);
      const file = join(stage.chain.workspace, mark);
      // oxlint-disable-next-line no-await-in-loop
      await expect
        .poll(() => readFile(file, "utf8").catch(() => ""), { timeout: 90_000 })
        .toBe("began\n");
      const said = stage.say(ANN, word);
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all([stage.replyTo(said, STOPPED), stage.replyTo(said, AGENT_ABORTED)]);
      lines.push(`person: Work until ${word}`, `person: ${word}`);
    }
    await stage.talk(ANN, "Still there?");
    const chat = stage.readChat(ANN);
    for (const line of lines) expect(chat).toContainEqual(line);
    expect(chat.join("\n")).not.toContain("Not stopped.");
  });

  test("a command with a mention before it is a command; a stranger's word stops nothing", async ({
    expect,
  }) => {
    await stage.bind(GROUP, BEN);
    const gate = stage.holdTurnsAsked("Work on");
    const bot = "@loopback_bot";
    await stage.replyTo(stage.say(GROUP, `${bot} /codexchat status`, BEN), /^Codex thread: /);
    stage.say(GROUP, "Work on", BEN);
    await stage.chain.model.waitForRequest(/^Work on$/);
    await stage.replyTo(stage.say(GROUP, `${bot} /codexchat status`, BEN), /A turn is running/);
    stage.say(GROUP, "stop", STRANGER);
    stage.say(GROUP, "/stop", STRANGER);
    stage.say(GROUP, `${bot} /codexchat stop`, STRANGER);
    await stage.replyTo(stage.say(GROUP, `${bot} /codexchat status`, BEN), /A turn is running/);
    await stage.replyTo(stage.say(GROUP, `${bot} stop`, BEN), STOPPED);
    gate.open();
    await stage.replyTo(stage.say(GROUP, "halt", BEN), /^No active Codex run to stop\.$/);
    await stage.replyTo(
      stage.say(GROUP, `${bot} /codexchat detach`, BEN),
      /^This chat is detached from Codex\./,
    );
    stage.readChat(GROUP);
    expect(stage.requestsWith("codexchat")).toEqual([]);
  });
});
