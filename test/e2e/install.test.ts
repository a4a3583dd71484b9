/**
 * The plugin comes, changes and goes as it does for its users: by OpenClaw's own commands, from a packed file, in a
 * state folder that has not heard of it, and while the gateway runs.
 */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import { PLUGIN_ID } from "../support/gateway-config.js";
import { processesOf } from "../support/keeper-process.js";
import { repackPlugin, repositoryRoot } from "../support/plugin-package.js";
import { asObject, asString, parseJson } from "../support/wire-guards.js";
import { answerTo, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 150_000;
/** Each starts programs of OpenClaw's, which take their time on a busy machine. */
const STEP_TIMEOUT_MS = 240_000;
/** A stopped plugin waits for 15 s whether another version of it takes over. */
const CODEX_END_TIMEOUT_MS = 30_000;

const OLDER = "0.0.1";
const CHAT = 5001;
const SETTINGS = `plugins.entries.${PLUGIN_ID}.config`;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([CHAT], [], { installed: false });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** Runs a command of OpenClaw's that has to succeed, and resolves to what it printed. */
async function openclaw(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await stage.chain.gateway.cli(...args);
  if (status !== 0) throw new Error(`${args.join(" ")}: ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

const install = (tarball: string): Promise<string> =>
  openclaw("plugins", "install", `npm-pack:${tarball}`, "--force", "--accept-capabilities");

/** The ids of the running processes that were started with these words, of all that the chain has started. */
async function processesWith(words: string): Promise<number[]> {
  const pids = await processesOf(dirname(stage.chain.tarball));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return pids.filter((_, index) => lines[index]?.replaceAll("\0", " ").includes(words));
}

test(
  "installed and set up by OpenClaw's own commands, a chat can be bound",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const { gateway, tarball, workspace } = stage.chain;
    await install(await repackPlugin(tarball, OLDER));
    const settings = [
      { path: `${SETTINGS}.appServer.defaultWorkspaceDir`, value: workspace },
      // Notes beside the answers come by the clock, and a busy machine's clock is nobody's expectation.
      { path: `${SETTINGS}.progress`, value: "off" },
    ];
    await openclaw("config", "set", "--batch-json", JSON.stringify(settings));
    await gateway.run();
    await stage.bind(CHAT);
    await stage.talk(CHAT, "before the update");

    expect(await processesWith("codex app-server")).toHaveLength(1);
    expect(stage.requestsWith("before the update")).toHaveLength(1);
  },
);

test(
  "an update while a turn runs keeps that turn, the chat's binding and its memory",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const bindings = await stage.chain.threadBindings.list();
    const gate = stage.holdTurnsAsked("during the update");
    const during = stage.say(CHAT, "during the update");
    await stage.chain.model.waitForRequest(/^during the update$/);
    await install(stage.chain.tarball);
    gate.open();
    await stage.replyTo(during, answerTo("during the update"));
    const [inspected, examined] = await Promise.all([
      openclaw("plugins", "inspect", PLUGIN_ID, "--runtime", "--json"),
      openclaw("plugins", "doctor"),
      stage.talk(CHAT, "after the update"),
    ]);

    const manifest = await readFile(join(repositoryRoot, "package.json"), "utf8");
    const version = asString(asObject(parseJson(manifest))["version"]);
    expect(version).not.toBe(OLDER);
    expect(asObject(parseJson(inspected))["plugin"]).toMatchObject({
      version,
      status: "loaded",
      commands: ["codexchat"],
    });
    expect(examined).toMatch(/module loading, compatibility, .*checks passed/);
    const [request] = stage.requestsWith("after the update");
    expect(request?.history).toEqual([
      "before the update",
      "during the update",
      "after the update",
    ]);
    expect(await stage.chain.threadBindings.list()).toEqual(bindings);
  },
);

test(
  "uninstalled, it leaves no Codex running, gives the chat back and says what it leaves on disk",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const { gateway } = stage.chain;
    await openclaw("plugins", "uninstall", PLUGIN_ID, "--force");
    await stage.replyTo(stage.say(CHAT, "who is there"), AGENT_ANSWER);
    const left = join(gateway.stateFolder, "codex-conversation", "conversations");
    await gateway.log.waitFor((line) => line.endsWith(`stays on disk: ${left}`), {
      timeoutMs: CODEX_END_TIMEOUT_MS,
    });

    expect(await processesWith("codex")).toEqual([]);
    const files = await readdir(left, { recursive: true });
    expect(files.filter((name) => name.endsWith(".codex-app-server.json"))).toHaveLength(1);
    expect(files.filter((name) => !/\.(json|inbox|done)$/.test(name))).toEqual([]);
    expect(stage.readChat(CHAT)).toEqual([
      ...boundLines(),
      "person: before the update",
      `bot: ${answerTo("before the update")}`,
      "person: during the update",
      `bot: ${answerTo("during the update")}`,
      "person: after the update",
      `bot: ${answerTo("after the update")}`,
      "person: who is there",
      `bot: ${AGENT_ANSWER}`,
    ]);
  },
);

test("the gateway's end leaves no process", { timeout: STEP_TIMEOUT_MS }, async () => {
  const { gateway } = stage.chain;
  await gateway.stop();
  expect(gateway.leftProcesses).toBe(false);
  expect(stage.unread()).toEqual([]);
});
