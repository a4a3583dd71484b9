/** What a person gets of Codex's own features on the real Telegram channel: plans, tool servers, its reviewer, its commands. */
import { access } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RealCodex } from "../support/app-server/real-codex.js";
import { consent, guardedToolServer } from "../support/guarded-tool-server.js";
import type { LoopbackServer } from "../support/loopback-server.js";
import { verdictOf } from "../support/model-scripts.js";
import { says } from "../support/responses-api.js";
import { answerTo, plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const SCENARIO_TIMEOUT_MS = 150_000;

const PLANS = 2601;
const SERVERS = 2602;
const REVIEWS = 2603;
const COMMANDS = 2604;

const CALENDAR = path.resolve(import.meta.dirname, "..", "support", "calendar-server.mjs");
const AGAIN =
  "I allow once what your reviewer has just denied. Try exactly that again, if it is still needed.";

let stage: Stage;
let remote: LoopbackServer;
/** What Codex's reviewer says. */
let verdict: "allow" | "deny" = "deny";

beforeAll(async () => {
  remote = await guardedToolServer();
  stage = await Stage.open([PLANS, SERVERS, REVIEWS, COMMANDS], [], {
    plugin: { appServer: { mode: "guardian" } },
    codexConfig: [
      "[mcp_servers.calendar]",
      `command = ${JSON.stringify(process.execPath)}`,
      `args = [${JSON.stringify(CALENDAR)}]`,
      "[mcp_servers.remote]",
      `url = "${remote.url}/mcp"`,
    ],
  });
  const { model } = stage.chain;
  const { script } = model;
  model.script = (request) => verdictOf(request, verdict, "Too risky.") ?? script(request);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await remote?.stop();
}, SCENARIO_TIMEOUT_MS);

const plans = (plan: string) => says(`<proposed_plan>\n${plan}\n</proposed_plan>`);

test(
  "a plan is asked about, changed and carried out",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(PLANS);
    const options = [
      { label: "Passwords", description: "As before." },
      { label: "Passkeys", description: "As today." },
    ];
    const question = { id: "how", header: "Login", question: "How do people log in?", options };
    stage.playWhenAsked("the login page", [
      { do: "call", name: "request_user_input", args: { questions: [question] } },
      plans("1. Build it with passkeys."),
    ]);
    stage.playWhenAsked("add a test", [plans("1. Build it with passkeys.\n2. Test it.")]);
    const asked = stage.say(PLANS, "/codexchat plan the login page");
    await stage.replyTo(asked, /^Codex plans this now, and changes nothing/);
    stage.press(await stage.questionAfter(asked), "Passkeys");
    const first = await stage.replyTo(asked, /^📋 Plan:\n\n1\. Build it with passkeys\.$/);
    expect(first.buttons.flat().map(({ text }) => plain(text))).toEqual([
      "Implement",
      "Change it",
      "Leave plan mode",
    ]);
    await stage.command(PLANS, "status", /\nPlan mode: on\n/);
    await stage.replyTo(stage.press(first, "Change it"), /^Write what to change\./);
    const changed = stage.say(PLANS, "add a test");
    const second = await stage.replyTo(changed, /^📋 Plan:[^]*Test it\.$/);
    await stage.replyTo(stage.press(first, "Implement"), /^This plan is out of date/);
    const implement = stage.press(second, "Implement");
    await stage.replyTo(implement, /^Plan mode is off, and Codex carries out the plan\.$/);
    await stage.replyTo(implement, answerTo("Implement the plan."));
    await stage.command(PLANS, "status", /\nPlan mode: off\n/);
  },
);

test(
  "tool servers are listed, and one is signed in to by its link",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(SERVERS);
    // A turn has to know its tools, so the servers have started, or failed to, by its end.
    await stage.talk(SERVERS, "hello");
    const list = await stage.command(SERVERS, "mcp", /^Tool servers:/);
    expect(plain(list.text)).toMatch(/• calendar: connected, 1 tool\n/);
    expect(plain(list.text)).toMatch(
      /• remote: needs you to sign in: \/codexchat mcp login remote/,
    );
    await stage.command(SERVERS, "mcp calendar", /• add_event: Adds an event to the calendar\./);
    const login = stage.say(SERVERS, "/codexchat mcp login remote");
    const { text } = await stage.replyTo(login, /^Open this link to sign in to remote:/);
    const link = text.split("\n")[1] ?? "";
    expect(link).toContain(`${remote.url}/authorize?`);
    expect(await consent(link)).toBe(200);
    await stage.replyTo(login, /^Signed in to remote\./);
    await stage.command(
      SERVERS,
      "mcp reload",
      /^Codex has read the settings of its tool servers again\./,
    );
  },
);

test(
  "what Codex's reviewer denied is allowed once by a button",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(REVIEWS);
    const published = path.join(stage.chain.workspace, "published.txt");
    const publish = {
      do: "shell",
      command: "echo out > published.txt",
      justification: "To publish it",
    } as const;
    stage.playWhenAsked("Publish it", [publish, says("I was not allowed to.")]);
    stage.playWhenAsked(AGAIN, [publish, says("It is out.")]);
    const said = stage.say(REVIEWS, "Publish it");
    const denied = await stage.replyTo(said, /^🛡️ Codex's reviewer denied: echo out/);
    await stage.replyTo(said, "I was not allowed to.");
    await expect(access(published)).rejects.toThrow(/ENOENT/);
    verdict = "allow";
    const allow = stage.press(denied, "Allow it once");
    await stage.replyTo(allow, /^Allowed once\. Codex tries it again\.$/);
    await stage.replyTo(allow, "It is out.");
    await access(published);
    await stage.replyTo(stage.press(denied, "Allow it once"), /out of date/);
  },
);

test(
  "commands are listed and ended, and the thread goes to a terminal and another comes from one",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(COMMANDS);
    const start = { cmd: "sleep 600", yield_time_ms: 300 };
    stage.playWhenAsked("Start it", [
      { do: "call", name: "exec_command", args: start },
      says("It runs."),
    ]);
    await stage.replyTo(stage.say(COMMANDS, "Start it"), "It runs.");
    const listed = await stage.command(
      COMMANDS,
      "ps",
      /^Commands that run:\n• \d+: sleep 600, for /,
    );
    const id = /• (\d+):/.exec(plain(listed.text))?.[1] ?? "";
    await stage.command(COMMANDS, `ps end ${id}`, /^Ended: sleep 600$/);
    await stage.commandUntil(COMMANDS, "ps", {
      answer: /^(?:Commands that run|No command)/,
      matches: /^No command of Codex's runs here\.$/,
    });

    const handed = await stage.command(COMMANDS, "handover", /codex resume [0-9a-f-]{36}/);
    expect(handed.text).toContain(`cd ${stage.chain.workspace} && codex resume `);
    await stage.command(COMMANDS, "status", /^This chat is not bound to Codex/);

    const terminal = await RealCodex.beside(stage.chain);
    try {
      const user = await terminal.start();
      const threadId = await user.startThread();
      await user.runTurn(threadId, "hi");
      await stage.command(
        COMMANDS,
        `bind ${threadId}`,
        /a terminal or an editor has this thread open\./,
      );
    } finally {
      await terminal.dispose();
    }
  },
);
