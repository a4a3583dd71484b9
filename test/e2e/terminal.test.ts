/** The operator at a terminal: OpenClaw's own binary runs `openclaw codexchat …` beside the running gateway. */
import { appendFile, chmod, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import { asArray, asObject, asString, parseJson, type JsonObject } from "../support/wire-guards.js";
import { plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
/** Each command starts a program of OpenClaw's, which takes its time on a busy machine. */
const STEP_TIMEOUT_MS = 300_000;

const CHAT = 6501;
/** Its binding is damaged on purpose. */
const DAMAGED = 6502;
const MISSING_THREAD = "01999999-9999-7999-8999-999999999999";

let stage: Stage;
/** By their chats, as the list tells them. */
const sessions = new Map<number, string>();

beforeAll(async () => {
  stage = await Stage.open([CHAT, DAMAGED], [], {
    plugin: { projects: { gone: "/nowhere/gone" } },
  });
  await stage.bind(CHAT);
  await stage.bind(DAMAGED);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** Runs `openclaw codexchat …` in the gateway's home. */
function codexchat(...args: readonly string[]) {
  return stage.chain.gateway.cli("codexchat", ...args);
}

/** What a command prints with `--json`, which is all that it may print there. */
async function json(status: number, ...args: readonly string[]): Promise<JsonObject> {
  const ended = await codexchat(...args, "--json");
  if (ended.status !== status) {
    throw new Error(`${args.join(" ")}: ${ended.status}\n${ended.stdout}\n${ended.stderr}`);
  }
  return asObject(parseJson(ended.stdout));
}

/** The plugin's folder in OpenClaw's state. */
function ours(...names: readonly string[]): string {
  return join(stage.chain.gateway.stateFolder, "codex-conversation", ...names);
}

/** The session of a chat, by the list. */
function sessionOf(list: JsonObject, chat: number): string {
  const found = asArray(list["chats"])
    .map(asObject)
    .find((each) => each["chat"] === String(chat));
  return asString(found?.["session"]);
}

test(
  "the bound chats are listed while a turn runs, as the gateway has them",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const gate = stage.holdTurnsAsked("count the files");
    const said = stage.say(CHAT, "count the files");
    await stage.chain.model.waitForRequest(/^count the files$/);

    const list = await json(0, "list");
    const shown = await codexchat("show", String(CHAT));
    gate.open();
    await stage.replyTo(said, /^Codex heard: count the files/);

    const chat = {
      channel: "telegram",
      chat: String(CHAT),
      title: "count the files",
      folder: stage.chain.workspace,
      server: "local",
      state: "running",
    };
    for (const each of [CHAT, DAMAGED]) sessions.set(each, sessionOf(list, each));
    expect(list).toMatchObject({ version: 1, gateway: "answered" });
    expect(list["chats"]).toContainEqual(expect.objectContaining(chat));
    expect(list["chats"]).toContainEqual(
      expect.objectContaining({ chat: String(DAMAGED), state: "idle" }),
    );
    expect(shown).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Session +telegram-\w+\n[^]*\nTitle +count the files\n/),
    });
  },
);

test(
  "the doctor finds what is wrong, says what to run, and leaves it as it is",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const [damaged, chat] = [sessions.get(DAMAGED), sessions.get(CHAT)];
    // The damage: a thread that Codex does not have, in a folder that is gone; one that no chat has; an open file; a folder that is trusted.
    const binding = { schemaVersion: 1, threadId: MISSING_THREAD, cwd: "/nowhere/work" };
    const file = (session: string | undefined) =>
      ours("conversations", `${session}.codex-app-server.json`);
    await writeFile(file(damaged), JSON.stringify({ ...binding, hasRun: true }));
    await writeFile(file("telegram-stray"), JSON.stringify(binding), { mode: 0o600 });
    await chmod(ours("audit.jsonl"), 0o644);
    const config = join(stage.chain.codexHome, "config.toml");
    const trust = `\n[projects.${JSON.stringify(stage.chain.workspace)}]\ntrust_level = "trusted"\n`;
    await appendFile(config, trust);
    const files = async () =>
      // A file that is being written has another name until it is.
      (await readdir(ours("conversations"))).filter((name) => !name.endsWith(".tmp"));
    const kept = await files();

    const diagnosis = await json(1, "doctor");

    expect(diagnosis).toMatchObject({ version: 1, gateway: "answered", ok: false });
    const found = asArray(diagnosis["findings"]).map(asObject);
    const facts = found.map(({ check, level, session }) => ({ check, level, session }));
    const expected = [
      { check: "modes", level: "action" },
      { check: "folder", level: "action" },
      { check: "thread-gone", level: "action", session: damaged },
      { check: "chat-folder", level: "action", session: damaged },
      { check: "no-chat", level: "action", session: "telegram-stray" },
      { check: "trust", level: "note", session: chat },
    ];
    for (const each of expected) expect(facts).toContainEqual(expect.objectContaining(each));
    const actions = facts.filter(({ level }) => level === "action");
    expect(actions).toHaveLength(expected.length - 1);
    expect(found.every(({ problem, run }) => problem !== "" && run !== "")).toBe(true);
    expect(await files()).toEqual(kept);
    await rm(file("telegram-stray"));
  },
);

test(
  "a chat that is detached in a terminal is told, is OpenClaw's again, and the audit log says who did it",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const last = stage.chain.telegram.chat(CHAT).at(-1);
    if (!last) throw new Error("nothing was said");

    const { detached } = await json(0, "detach", String(CHAT));
    const told = await stage.replyTo(last, /^The operator detached this chat from Codex/);
    const { thread } = asObject(detached);
    expect(plain(told.text)).toContain(`/codexchat bind ${asString(thread)}`);
    await stage.replyTo(stage.say(CHAT, "who is there"), AGENT_ANSWER);

    const { lines } = await json(0, "audit", "--event", "detach");
    expect(lines).toMatchObject([
      { event: "detach", by: "operator", channel: "cli", chat: String(CHAT), outcome: thread },
    ]);
  },
);

test(
  "without its gateway a command tells what is stored, and detaches nothing",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    await stage.chain.gateway.stop();
    const list = await json(0, "list");
    expect(list).toMatchObject({
      gateway: "away",
      chats: [{ chat: String(DAMAGED), state: "unknown" }],
    });
    const refused = await codexchat("detach", String(DAMAGED));
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toContain("openclaw gateway start");
  },
);
