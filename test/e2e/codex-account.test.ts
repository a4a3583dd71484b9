/** What the gateway's owner does on the real Telegram channel: signing Codex in, and rules that last; and files, skills and limits. */
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WRITE_AGENTS_FILE } from "../../src/thread/instructions.js";
import { AccountBackend } from "../support/account-backend.js";
import { says } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const SCENARIO_TIMEOUT_MS = 150_000;

const OWNER = 2701;
const OTHER = 2702;
const FILES = 2703;
const SKILLS = 2704;
const LIMITED = 2705;
const RULES = 2706;
const NEW_HERE = 2707;

let stage: Stage;
let backend: AccountBackend;

beforeAll(async () => {
  backend = await AccountBackend.start();
  stage = await Stage.open([OWNER, OTHER, FILES, SKILLS, LIMITED, RULES, NEW_HERE], [], {
    plugin: { appServer: { passEnv: Object.keys(backend.environment) } },
    environment: backend.environment,
    codexConfig: backend.codexConfig,
  });
  const folder = path.join(stage.chain.codexHome, "skills", "release-notes");
  await mkdir(folder, { recursive: true });
  const head = "---\nname: release-notes\ndescription: Writes release notes.\n---\n";
  await writeFile(path.join(folder, "SKILL.md"), `${head}\nWrite them in rhyme.\n`);
  await stage.chain.gateway.stop();
  stage.configure({
    plugin: { appServer: { passEnv: Object.keys(backend.environment) } },
    sections: { commands: { ownerAllowFrom: [`telegram:${OWNER}`] } },
  });
  await stage.chain.gateway.start();
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await backend?.stop();
}, SCENARIO_TIMEOUT_MS);

/** The model sends this file. */
const send = (file: string) => ({ do: "call", name: "send_file", args: { path: file } }) as const;

/** The model runs this outside of the sandbox. */
const runs = (command: string) =>
  [{ do: "shell", command, justification: "To make it" }, says("Done.")] as const;

const hasFile = ({ files }: TranscriptEntry): boolean => files.length > 0;

/** The first message that comes into the chat with a file, after this. */
function fileAfter(said: TranscriptEntry): Promise<TranscriptEntry> {
  return stage.chain.telegram.waitForMessage(said.chat, hasFile, { after: said });
}

test(
  "the owner signs Codex in by a code, sees the limits, resets them, and signs out; nobody else does",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.command(OTHER, "login", /^Only an owner of this gateway can do that/);
    await stage.command(OTHER, "logout yes", /^Only an owner of this gateway can do that/);
    const login = stage.say(OWNER, "/codexchat login");
    const shown = await stage.replyTo(login, /^Open this page, sign in to ChatGPT/);
    expect(plain(shown.text)).toContain(`${backend.url}/codex/device`);
    expect(plain(shown.text)).toContain(`Code: ${backend.userCode}`);
    backend.isAllowed = true;
    await stage.replyTo(login, /^Codex is signed in\./);
    const limits = await stage.command(OWNER, "limits", /5 h limit: 20 % used/);
    expect(plain(limits.text)).toMatch(/Reset credits: 2\./);
    await stage.command(OWNER, "limits reset", /one of the account's 2 reset credits/);
    await stage.command(OWNER, "limits reset yes", /^The limits were reset\.$/);
    await stage.command(OWNER, "logout", /^This signs Codex out for all chats/);
    await stage.command(OWNER, "logout yes", /^Codex is signed out\./);
    await stage.command(OWNER, "limits", /^Account: .*\nCodex tells no limits of this account\.$/);
  },
);

test(
  "Codex sends a file by itself, and none that is hidden or lies elsewhere",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(FILES);
    const { workspace } = stage.chain;
    await mkdir(path.join(workspace, "out"));
    await writeFile(path.join(workspace, "out", "report.txt"), "all is well");
    await writeFile(path.join(workspace, ".env"), "SECRET=1");
    stage.playWhenAsked("send me the report", [
      send(".env"),
      send("/etc/hostname"),
      send("out/report.txt"),
      says("There it is."),
    ]);
    const said = stage.say(FILES, "send me the report");
    const file = await fileAfter(said);
    expect(file.files.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
      ["report.txt", "all is well"],
    ]);
    await stage.replyTo(said, "There it is.");
    const lines = stage.readChat(FILES).map(plain);
    expect(lines.slice(lines.indexOf("person: send me the report"))).toEqual([
      "person: send me the report",
      "bot: 📎 Codex sends out/report.txt:",
      "bot: ",
      "bot: There it is.",
    ]);
    const told = JSON.stringify(
      stage.requestsWith("send me the report").map(({ body }) => body["input"]),
    );
    expect(told).toContain("is hidden or may hold a key");
    expect(told).toContain("Only files inside this thread's folder");
  },
);

test("a skill is chosen on the card and run", { timeout: SCENARIO_TIMEOUT_MS }, async () => {
  await stage.bind(SKILLS);
  const card = await stage.replyTo(stage.say(SKILLS, "/codexchat"), /\nPermissions: ask/);
  const more = await stage.changeOf(card, stage.press(card, "More…"), /^More$/);
  const skills = await stage.changeOf(
    card,
    stage.press(more, "Skills"),
    /^Which skill should Codex run\?/,
  );
  const run = stage.press(skills, "release-notes");
  // The model hears the skill's own words last.
  await stage.replyTo(run, /^Codex heard: <skill>/);
  const given = stage.requestsWith("$release-notes").map(({ body }) => JSON.stringify(body));
  expect(given.join()).toContain("Write them in rhyme.");
});

test(
  "a limit that is nearly used up is told below the answer, once at 80 % and once at 95 %",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(LIMITED);
    const resetAt = String(Math.floor(Date.now() / 1000) + 7200);
    const uses = (percent: number): void => {
      stage.chain.model.headers = {
        "x-codex-primary-used-percent": String(percent),
        "x-codex-primary-window-minutes": "300",
        "x-codex-primary-reset-at": resetAt,
      };
    };
    uses(81);
    const first = stage.say(LIMITED, "first");
    await stage.replyTo(first, /^⏳ 5 h limit: 81 % used, resets in /);
    uses(83);
    await stage.talk(LIMITED, "second");
    uses(96);
    const third = stage.say(LIMITED, "third");
    await stage.replyTo(third, /^⏳ 5 h limit: 96 % used, resets in /);
    stage.chain.model.headers = {};
    const lines = stage.readChat(LIMITED).filter((line) => line.includes("limit: "));
    expect(lines).toHaveLength(2);
  },
);

test(
  "a rule that Codex proposes is the owner's to allow for good, and holds on the next thread",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(RULES);
    const made = path.join(stage.chain.workspace, "made.txt");
    const again = path.join(stage.chain.workspace, "again.txt");
    stage.playWhenAsked("make it", runs(`touch ${made}`));
    stage.playWhenAsked("make more", runs(`touch ${made} ${again}`));
    const said = stage.say(RULES, "make it");
    const asked = await stage.chain.telegram.waitForMessage(OWNER, /approval required/);
    expect(plain(asked.text)).toContain(`commands that begin with touch ${made}`);
    const typed = stage.say(RULES, "/codexchat approve rule");
    await stage.replyTo(typed, /^Only an owner of this gateway/);
    await expect(access(made)).rejects.toThrow(/ENOENT/);
    const always = asked.buttons.flat().find(({ text }) => /always/i.test(text));
    stage.press(asked, always?.text ?? "no such button");
    await stage.replyTo(said, "Done.");
    await access(made);

    await stage.command(RULES, "new", /^This chat is bound to a new Codex thread\./);
    await stage.replyTo(stage.say(RULES, "make more"), "Done.");
    await access(again);
  },
);

// Last, since the threads of this folder have it from then on.
test("AGENTS.md is written once, by Codex", { timeout: SCENARIO_TIMEOUT_MS }, async () => {
  await stage.bind(NEW_HERE);
  const { workspace } = stage.chain;
  stage.playWhenAsked(WRITE_AGENTS_FILE, [
    { do: "shell", command: "echo 'Run npm test.' > AGENTS.md" },
    says("AGENTS.md says how to test."),
  ]);
  const said = stage.say(NEW_HERE, "/codexchat init");
  await stage.replyTo(said, /^Codex looks around and writes AGENTS\.md\./);
  await stage.replyTo(said, "AGENTS.md says how to test.");
  expect(await readFile(path.join(workspace, "AGENTS.md"), "utf8")).toBe("Run npm test.\n");
  await stage.command(NEW_HERE, "init", /^There is an AGENTS\.md in the thread's folder already\./);
});
