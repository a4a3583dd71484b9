/** What a change of the settings does to bound chats: while the gateway runs, and with goals and sub-agents switched off. */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealCodex } from "../support/app-server/real-codex.js";
import { DEFAULT_MODEL } from "../support/codex-home.js";
import { codexTraits } from "../support/codex-traits.js";
import { PLUGIN_ID } from "../support/gateway-config.js";
import { isGoalTurn, pursuesGoal } from "../support/model-scripts.js";
import { Gate, says } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { asObject, parseJson, type JsonObject } from "../support/wire-guards.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 300_000;
const HEARD_WITHIN_MS = 90_000;

const WORKING = 6801;
const BESIDE = 6802;
const WITHOUT: Record<string, number> = { "mock-model": 6803, "gpt-6.1-sol": 6804 };
const BOUND_GOAL = 6805;
const QUEUED = 6806;
const REFUSED = 6807;

let stage: Stage;
let codex: RealCodex;

beforeAll(async () => {
  const people = [WORKING, BESIDE, ...Object.values(WITHOUT), BOUND_GOAL, QUEUED, REFUSED];
  stage = await Stage.open(people, [], { plugin: { appServer: { mode: "yolo" } } });
  codex = await RealCodex.beside(stage.chain);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await codex?.dispose();
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

/** The operator edits the plugin's `appServer` settings in the running gateway's file; resolves once they apply. */
async function change(appServer: JsonObject): Promise<void> {
  const { gateway } = stage.chain;
  const lastLine = gateway.log.entries.at(-1);
  const whole = asObject(parseJson(await readFile(gateway.configFile, "utf8")));
  const plugins = asObject(whole["plugins"]);
  const entries = asObject(plugins["entries"]);
  const entry = asObject(entries[PLUGIN_ID]);
  const config = asObject(entry["config"]);
  const changed = { ...config, appServer: { ...asObject(config["appServer"]), ...appServer } };
  const all = { ...entries, [PLUGIN_ID]: { ...entry, config: changed } };
  const text = JSON.stringify({ ...whole, plugins: { ...plugins, entries: all } }, undefined, 2);
  await writeFile(gateway.configFile, text);
  await gateway.log.waitFor((line) => /config hot reload applied/.test(line), { after: lastLine });
}

describe("settings that change while the gateway runs", () => {
  test(
    "keep a running turn where it runs: its steer and its reason reach it, and no other chat is locked out",
    { timeout: TALK_TIMEOUT_MS },
    async () => {
      const gate = new Gate();
      stage.playWhenAsked("work on it", [
        { do: "say", text: "At it.", phase: "commentary" },
        { do: "hold", gate },
        says("Worked."),
      ]);
      await stage.bind(WORKING);
      await stage.bind(BESIDE);
      await stage.talk(WORKING, "hello there");
      await stage.talk(BESIDE, "hello too");
      const said = stage.say(WORKING, "work on it");
      await stage.chain.model.waitForRequest(/^work on it$/);
      await change({ args: ["app-server", "-c", "hide_agent_reasoning=true"] });
      await stage.talk(BESIDE, "am I locked out?");
      const steer = stage.say(WORKING, "/codexchat steer turn left");
      await stage.chain.model.waitForRequest(/^turn left$/);
      gate.open();
      await hears(said, answerTo("turn left"));
      await hears(steer, /./);
      await stage.talk(WORKING, "and now?");
      await stage.talk(BESIDE, "and me?");
      stage.readChat(WORKING);
      expect(stage.readChat(BESIDE).join("\n")).not.toContain("open in another");
    },
  );

  test(
    "count for the messages that wait: what was tightened meanwhile they do not do any more",
    { timeout: TALK_TIMEOUT_MS },
    async () => {
      const gate = stage.holdTurnsAsked("first of all");
      await stage.bind(QUEUED);
      const first = stage.say(QUEUED, "first of all");
      await stage.chain.model.waitForRequest(/^first of all$/);
      stage.playWhenAsked("then publish", [
        { do: "shell", command: "echo out > ../published.txt", justification: "To publish" },
        says("It is out."),
      ]);
      const then = stage.say(QUEUED, "then publish");
      await stage.taken(then);
      await change({ mode: "ask" });
      gate.open();
      await hears(first, answerTo("first of all"));
      const question = await stage.questionAfter(then, HEARD_WITHIN_MS);
      stage.chain.telegram.person.click(question, "Deny");
      await hears(then, "It is out.");
      await expect(readFile(`${stage.chain.workspace}/../published.txt`)).rejects.toMatchObject({
        code: "ENOENT",
      });
      stage.readChat(QUEUED);
    },
  );
});

describe("a question that is open while the settings change", () => {
  test(
    "is answered where it was asked, and so is the reason of a denial",
    { timeout: TALK_TIMEOUT_MS },
    async () => {
      stage.playWhenAsked("prune the roses", [
        { do: "shell", command: "echo pruned > ../pruned.txt", justification: "It is autumn" },
        says("The roses stay."),
      ]);
      await stage.bind(REFUSED);
      const said = stage.say(REFUSED, "prune the roses");
      await stage.questionAfter(said, HEARD_WITHIN_MS);
      await change({ args: ["app-server", "-c", "show_raw_agent_reasoning=true"] });
      await stage.talk(BESIDE, "is there a new one?");
      const denied = stage.say(REFUSED, "/codexchat deny not on a Sunday");
      await hears(denied, "➡️ Denied.");
      await hears(said, "The roses stay.");
      expect(stage.requestsWith("prune the roses").at(-1)?.history.slice(-2)).toEqual([
        "prune the roses",
        "The person declined the last request and says: not on a Sunday",
      ]);
      stage.readChat(REFUSED);
      stage.readChat(BESIDE);
    },
  );
});

describe("with goals and sub-agents off", () => {
  test(
    "no model is offered them, and a goal of a terminal's stays as it is",
    { timeout: TALK_TIMEOUT_MS },
    async () => {
      await stage.chain.gateway.stop();
      stage.configure({ plugin: { goals: "off", agents: "off" } });
      await stage.chain.gateway.start();
      for (const model of codexTraits.models) {
        const chat = WITHOUT[model] ?? 0;
        // oxlint-disable-next-line no-await-in-loop
        await stage.bind(chat);
        // oxlint-disable-next-line no-await-in-loop
        if (model !== DEFAULT_MODEL) await stage.useModel(chat, model);
        // oxlint-disable-next-line no-await-in-loop
        await stage.talk(chat, `hello from ${model}`);
        const [request] = stage.requestsWith(`hello from ${model}`);
        expect(
          request?.tools.map(({ name }) => name).filter((name) => /goal|agent/.test(name)),
        ).toEqual([]);
        const refused = stage.say(chat, "/codexchat goal world peace");
        // oxlint-disable-next-line no-await-in-loop
        await hears(refused, "Goals are off on this gateway (setting goals).");
        stage.readChat(chat);
      }
      const first = "look at the cellar";
      stage.playFrom(
        first,
        pursuesGoal(() => [says("Pumping.")]),
      );
      const terminal = await codex.start();
      const threadId = await terminal.startThread({ sandbox: "workspace-write" });
      await terminal.runTurn(threadId, first);
      await terminal.client.close();
      const other = await codex.start();
      const goal = { threadId, objective: "a dry cellar", status: "active" };
      await other.request("thread/goal/set", goal);
      await other.client.close();
      const bind = stage.say(BOUND_GOAL, `/codexchat bind ${threadId}`);
      const prompt = await hears(bind, /^Plugin bind approval required/);
      await hears(stage.chain.telegram.person.click(prompt, "Allow once"), /^Allowed/);
      await hears(stage.say(BOUND_GOAL, first), first);
      await hears(stage.say(BOUND_GOAL, "once more"), "once more");
      expect(stage.requestsWith(first).filter(isGoalTurn)).toEqual([]);
      stage.readChat(BOUND_GOAL);
    },
  );
});
