/** A Codex with nothing to do, on a real gateway: its process ends, and the next message finds the chat as it was. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processesOf } from "../support/keeper-process.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 120_000;

const CHAT = 7601;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([CHAT], [], { plugin: { appServer: { idleShutdownMs: 2000 } } });
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
