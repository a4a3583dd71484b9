/** A bound chat stays bound: over days without a message, and over a state folder that was moved. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { asObject, asString, parseJson } from "../support/wire-guards.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
/** It starts a gateway, which takes its time on a busy machine. */
const STEP_TIMEOUT_MS = 300_000;

const CHAT = 6001;
const LIMITED = 6002;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([CHAT, LIMITED], []);
  await stage.bind(CHAT);
  await stage.talk(CHAT, "hello");
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** What OpenClaw has stored of its bound Telegram chats, made `ageMs` older. The gateway must not run. */
function age(ageMs: number): void {
  const database = new DatabaseSync(join(stage.chain.gateway.stateFolder, "state/openclaw.sqlite"));
  const entries = database
    .prepare(
      "SELECT rowid, value_json FROM plugin_state_entries WHERE namespace LIKE '%thread-bindings%'",
    )
    .all();
  for (const { rowid, value_json } of entries) {
    const record = asObject(parseJson(asString(value_json)));
    const then = Date.now() - ageMs;
    database
      .prepare("UPDATE plugin_state_entries SET value_json = ? WHERE rowid = ?")
      .run(JSON.stringify({ ...record, boundAt: then, lastActivityAt: then }), rowid ?? null);
  }
  database.close();
}

test(
  "after days without a message, and a state folder that was moved, the chat has its thread",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const { gateway, tarball } = stage.chain;
    await gateway.stop();
    age(3 * DAY_MS);
    await gateway.moveState("state-elsewhere");
    await gateway.install(tarball);
    await gateway.start();
    const status = stage.say(CHAT, "/codexchat status");
    await stage.replyTo(status, /^Codex thread: /);
    await stage.talk(CHAT, "are you there");
    expect(stage.requestsWith("are you there").at(-1)?.history).toEqual(["hello", "are you there"]);
    expect(stage.readChat(CHAT).join("\n")).not.toMatch(/not bound|no thread binding/);
  },
);

test(
  "where the operator limits the time, the chat is told before OpenClaw takes it back",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const { gateway } = stage.chain;
    await gateway.stop();
    // By OpenClaw's own command: since the install it has put a configuration back that it has not written itself.
    const limit = await gateway.cli("config", "set", "session.threadBindings.idleHours", "24");
    expect(limit).toMatchObject({ status: 0 });
    await gateway.run();
    await stage.bind(LIMITED);
    await stage.talk(LIMITED, "hello");
    await gateway.stop();
    age(DAY_MS - HOUR_MS / 2);
    const last = stage.chain.telegram.chat(LIMITED).at(-1);
    await gateway.run();
    await stage.chain.telegram.waitForMessage(
      LIMITED,
      ({ text }) => /^Nobody has written here.*OpenClaw will take this chat back/.test(text),
      { after: last },
    );
    await stage.talk(LIMITED, "I am here");
    expect(stage.readChat(LIMITED).at(-1)).toBe(`bot: ${answerTo("I am here")}`);
  },
);
