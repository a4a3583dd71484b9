/** A Codex with nothing to do, and one with too much, on a real gateway: it ends and comes back, and chats wait for a place. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processesOf } from "../support/keeper-process.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 120_000;

const CHAT = 7601;
const OTHER = 7602;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([CHAT, OTHER], [], {
    plugin: { appServer: { idleShutdownMs: 2000, maxRunningTurns: 1 } },
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** Of all that the chain has started. */
async function codexProcesses(): Promise<number[]> {
  const pids = await processesOf(dirname(stage.chain.tarball));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return pids.filter((_, index) => commands[index]?.includes("app-server"));
}

/** Talks, and gives the processes that there were while the turn ran. */
async function talk(text: string): Promise<number[]> {
  const gate = stage.holdTurnsAsked(text);
  const said = stage.say(CHAT, text);
  await stage.chain.model.waitForRequest(new RegExp(`^${text}$`));
  const pids = await codexProcesses();
  gate.open();
  await stage.replyTo(said, answerTo(text));
  return pids;
}

async function codexHasEnded(): Promise<void> {
  await expect.poll(codexProcesses, { timeout: STEP_TIMEOUT_MS }).toEqual([]);
}

test(
  "a Codex with nothing to do ends, and the next message is answered on the same thread by another",
  { timeout: 2 * STEP_TIMEOUT_MS },
  async () => {
    await stage.bind(CHAT);
    await stage.command(CHAT, "permissions yolo", /./);
    await stage.useModel(CHAT, "gpt-5.6-sol");
    const first = await talk("remember the harbour");
    expect(first).not.toEqual([]);
    await codexHasEnded();

    const next = await talk("where were we");
    expect(next).not.toEqual([]);
    expect(next.filter((pid) => first.includes(pid))).toEqual([]);
    const [before, after] = ["remember the harbour", "where were we"].map((text) =>
      stage.chain.model.requests.entries.find(({ said }) => said === text),
    );
    expect(after).toMatchObject({
      threadId: before?.threadId,
      model: "gpt-5.6-sol",
      history: ["remember the harbour", "where were we"],
    });

    await codexHasEnded();
    const status = await stage.command(CHAT, "status", /^Codex thread: /);
    expect(status.text).toContain("gpt-5.6-sol");
    await stage.command(CHAT, "ps", /./);
    await codexHasEnded();
    stage.readChat(CHAT);
  },
);

test(
  "a message waits for its place while another chat's turn runs, is told so when asked, and has its turn after that",
  { timeout: 2 * STEP_TIMEOUT_MS },
  async () => {
    await stage.bind(OTHER);
    const gate = stage.holdTurnsAsked("build it all");
    const running = stage.say(CHAT, "build it all");
    await stage.chain.model.waitForRequest(/^build it all$/);
    const waiting = stage.say(OTHER, "a short question");
    // The channel makes one message of two that come in the same moment.
    await stage.taken(waiting);
    await stage.statusThat(OTHER, /^Waiting for a free place: 1 turn is running in all chats/m);
    await stage.command(OTHER, "queue", /^1 message waiting:\nWaiting for a free place: 1 turn is/);
    expect(stage.requestsWith("a short question")).toEqual([]);
    gate.open();
    await stage.replyTo(running, answerTo("build it all"));
    await stage.replyTo(waiting, answerTo("a short question"));
    stage.readChat(CHAT);
    stage.readChat(OTHER);
  },
);
