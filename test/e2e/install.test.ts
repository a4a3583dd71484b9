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
import { FIRST_VERSION, packAgain, repositoryRoot } from "../support/plugin-package.js";
import { Gate } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { doctorsApproval, forgetsUninstalled, restartsToUpdate } from "../support/under-test.js";
import { asObject, asString, parseJson } from "../support/wire-guards.js";
import { Installation } from "./installation.js";
import { answerTo, botSays, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
/** Each starts programs of OpenClaw's, which take their time on a busy machine. */
const STEP_TIMEOUT_MS = 300_000;
/** A stopped plugin waits for 15 s whether another version of it takes over. */
const CODEX_END_TIMEOUT_MS = 60_000;
/** One that has just begun, or ends, has another's name for a moment, or its own still. */
const PROCESSES = { timeout: CODEX_END_TIMEOUT_MS };

/** Its turn runs and its messages wait while the plugin is updated. */
const CHAT = 5001;
/** Codex asks in it while the plugin is updated. */
const ASKED = 5002;
/** The first thing that it sends after the update is a command. */
const COMMANDED = 5003;
/** An earlier update has left it behind: its messages are taken, but no command works. */
const STRANDED = 5004;
const CHATS = [CHAT, ASKED, COMMANDED, STRANDED];

/** Where OpenClaw restarts itself, no turn lives on; what waits is answered all the same. */
const CUT_OFF = /^The gateway restarted while Codex was working on this message/;

let stage: Stage;
let installation: Installation;

beforeAll(async () => {
  stage = await Stage.open(CHATS, [], { installed: false });
  installation = new Installation(stage);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** How the running processes were started that were started with these words, of all that the chain has started. */
async function processesWith(words: string): Promise<string[]> {
  const pids = await processesOf(dirname(stage.chain.tarball));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.map((line) => line.replaceAll("\0", " ")).filter((line) => line.includes(words));
}

test(
  "installed and set up by OpenClaw's own commands, a chat can be bound",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    await installation.setUp(FIRST_VERSION);
    await stage.chain.gateway.run();
    await stage.bind(STRANDED);
    await installation.install(FIRST_VERSION);
    for (const chat of [CHAT, ASKED, COMMANDED]) {
      // oxlint-disable-next-line no-await-in-loop
      await stage.bind(chat);
    }
    await stage.talk(CHAT, "before the update");

    await expect.poll(() => processesWith("codex app-server"), PROCESSES).toHaveLength(1);
    expect(stage.requestsWith("before the update")).toHaveLength(1);
  },
);

test(
  "an update while a turn runs, messages wait and a question is open loses none of them; where it restarts the gateway, that is told",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const bindings = await stage.chain.threadBindings.list();
    const gate = stage.holdTurnsAsked("during the update");
    const during = stage.say(CHAT, "during the update");
    await stage.chain.model.waitForRequest(/^during the update$/);
    // OpenClaw makes one message of what comes at once.
    for (const [stored, text] of [
      [2, "waiting 1"],
      [3, "waiting 2"],
    ] as const) {
      stage.say(CHAT, text);
      // oxlint-disable-next-line no-await-in-loop
      await stage.stored.waitForCount(stored);
    }
    const mark = join(stage.chain.workspace, "mark.txt");
    const asked = new Gate();
    stage.playWhenAsked("leave a mark", [
      { do: "shell", command: `printf marked > ${mark}`, justification: "To leave a mark" },
      { do: "hold", gate: asked },
      { do: "say", text: answerTo("leave a mark"), phase: "final_answer" },
    ]);
    const markSaid = stage.say(ASKED, "leave a mark");
    const question = await stage.questionAfter(markSaid);
    await installation.install(stage.chain.tarball);

    const sayAfter = () => stage.say(CHAT, "after the update");
    let after: TranscriptEntry;
    if (restartsToUpdate()) {
      await stage.replyTo(during, CUT_OFF);
      await stage.replyTo(markSaid, CUT_OFF);
      await stage.replyTo(during, answerTo("waiting 2"));
      after = sayAfter();
    } else {
      after = sayAfter();
      await stage.stored.waitForCount(5);
      stage.chain.telegram.person.click(question, "Allow once");
      asked.open();
      await stage.replyTo(markSaid, answerTo("leave a mark"));
      gate.open();
      await stage.replyTo(during, answerTo("during the update"));
    }
    await stage.replyTo(after, answerTo("after the update"));
    const written = await readFile(mark, "utf8").catch(() => "nothing");
    expect(written).toBe(restartsToUpdate() ? "nothing" : "marked");
    const [inspected, examined] = await Promise.all([
      installation.openclaw("plugins", "inspect", PLUGIN_ID, "--runtime", "--json"),
      installation.openclaw("plugins", "doctor"),
    ]);

    const manifest = await readFile(join(repositoryRoot, "package.json"), "utf8");
    const version = asString(asObject(parseJson(manifest))["version"]);
    expect(version).not.toBe("0.1.0");
    expect(asObject(parseJson(inspected))["plugin"]).toMatchObject({
      version,
      status: "loaded",
      commands: ["codexchat"],
    });
    expect(examined).toMatch(doctorsApproval());
    const [request] = stage.requestsWith("after the update");
    expect(request?.history).toEqual([
      "before the update",
      "during the update",
      "waiting 1",
      "waiting 2",
      "after the update",
    ]);
    expect(await stage.chain.threadBindings.list()).toEqual(bindings);
    const told = [
      ...["during the update", "waiting 1", "waiting 2"].map((said) => `person: ${said}`),
      restartsToUpdate() ? botSays(CUT_OFF) : `bot: ${answerTo("during the update")}`,
      ...["waiting 1", "waiting 2"].map((said) => `bot: ${answerTo(said)}`),
    ];
    // Where the turn ran on, this was said while it ran.
    told.splice(restartsToUpdate() ? told.length : 3, 0, "person: after the update");
    expect(stage.readChat(CHAT).slice(boundLines().length)).toEqual([
      "person: before the update",
      `bot: ${answerTo("before the update")}`,
      ...told,
      `bot: ${answerTo("after the update")}`,
    ]);
  },
);

test(
  "after the update every command and message works in chats that were bound before",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    await installation.useFully(COMMANDED, "after the update");
    await stage.talk(STRANDED, "hello, I was left behind");
    await installation.useFully(STRANDED, "after the update");
    expect(installation.complaintsIn([COMMANDED, STRANDED])).toEqual([]);
  },
);

test("a restart later they work again", { timeout: STEP_TIMEOUT_MS }, async () => {
  const { gateway } = stage.chain;
  await gateway.stop();
  await installation.keepMessagesApart();
  await gateway.run();
  await installation.command(CHAT, "status", /^Codex thread: /);
  await installation.useFully(ASKED, "after the restart");
  await installation.useFully(STRANDED, "after the restart");
  expect(installation.complaintsIn(CHATS)).toEqual([]);
});

test(
  "an update to a still newer version while a turn runs and a message waits loses neither",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const gate = stage.holdTurnsAsked("during the next update");
    const during = stage.say(CHAT, "during the next update");
    await stage.chain.model.waitForRequest(/^during the next update$/);
    const waiting = stage.say(CHAT, "waiting for the next one");
    await stage.stored.waitForCount(2);
    await installation.install(await packAgain(stage.chain.tarball, "0.99.0"));
    await installation.command(CHAT, "status", /^Codex thread: /);
    gate.open();
    await stage.replyTo(during, answerTo("during the next update"));
    await stage.replyTo(waiting, answerTo("waiting for the next one"));
    await stage.talk(ASKED, "hello again");
    await installation.useFully(COMMANDED, "after the next update");
    expect(installation.complaintsIn(CHATS)).toEqual([]);
    expect(stage.requestsWith("waiting for the next one").map(({ said }) => said)).toEqual([
      "waiting for the next one",
    ]);
  },
);

test(
  "uninstalled, it leaves no Codex running, gives the chat back and says what it leaves on disk",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const { gateway } = stage.chain;
    const before = gateway.log.entries.at(-1);
    await installation.openclaw("plugins", "uninstall", PLUGIN_ID, "--force");
    const left = join(gateway.stateFolder, "codex-conversation", "conversations");
    await gateway.log.waitFor((line) => line.endsWith(`stays on disk: ${left}`), {
      timeoutMs: CODEX_END_TIMEOUT_MS,
      // A gateway that takes its time to stop says so of itself.
      after: before,
    });
    if (!forgetsUninstalled()) {
      await gateway.stop();
      await gateway.run();
    }
    // Not before: the command ends before the gateway has let go of the plugin.
    await stage.replyTo(stage.say(CHAT, "who is there"), AGENT_ANSWER);

    await expect.poll(() => processesWith("codex"), PROCESSES).toEqual([]);
    const files = await readdir(left, { recursive: true });
    expect(files.filter((name) => name.endsWith(".codex-app-server.json"))).toHaveLength(
      CHATS.length,
    );
    expect(files.filter((name) => !/\.(json|inbox|outbox|done)$/.test(name))).toEqual([]);
    for (const chat of CHATS) stage.readChat(chat);
  },
);

test("the gateway's end leaves no process", { timeout: STEP_TIMEOUT_MS }, async () => {
  const { gateway } = stage.chain;
  await gateway.stop();
  expect(gateway.leftProcesses).toBe(false);
  expect(stage.unread()).toEqual([]);
});
