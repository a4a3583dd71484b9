/** What a person with a phone does on the real Telegram channel: takes back, asks aside, looks at changes, sends files. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModelRequest } from "../support/model-request.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const SCENARIO_TIMEOUT_MS = 150_000;
const TODAYS_MODEL = "gpt-6.1-sol";

const BACK = 2501;
const ASIDE = 2502;
const TREE = 2503;
const FILES = 2504;
const LINE = 2505;
const HELD = 2506;
const ANSWERS = 2507;

let stage: Stage;
let root: string;
let repo: string;
let worktreesDir: string;

const run = promisify(execFile);

async function git(folder: string, ...args: string[]): Promise<void> {
  const who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
  await run("git", ["-C", folder, ...who, ...args]);
}

beforeAll(async () => {
  root = await mkdtemp(path.join(await realpath(tmpdir()), "codex-tapping-"));
  repo = path.join(root, "app");
  worktreesDir = path.join(root, "worktrees");
  await mkdir(path.join(repo, "docs"), { recursive: true });
  await git(repo, "init", "-q", "-b", "main");
  await writeFile(path.join(repo, "a.txt"), "one\n");
  await writeFile(path.join(repo, "docs", "notes.md"), "all is well\n");
  await git(repo, "add", ".");
  await git(repo, "commit", "-qm", "first");
  stage = await Stage.open([BACK, ASIDE, TREE, FILES, LINE, HELD, ANSWERS], [], {
    plugin: {
      progress: "brief",
      worktreesDir,
      projects: { App: repo },
      appServer: { workspaceRoots: [root], defaultWorkspaceDir: repo },
    },
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
}, SCENARIO_TIMEOUT_MS);

/** The file that comes into the chat after this. */
async function fileAfter(said: TranscriptEntry): Promise<{ name: string; text: string }> {
  const { files } = await stage.chain.telegram.waitForMessage(
    said.chat,
    ({ files: sent }) => sent.length > 0,
    { after: said },
  );
  const [file] = files;
  return { name: file?.name ?? "", text: file?.bytes.toString() ?? "" };
}

/** The reactions that the bot sets on a message, in order: none is one that it takes away. */
async function signsOn({ chat, messageId }: TranscriptEntry, count: number): Promise<string[]> {
  const { calls } = stage.chain.telegram;
  const ofMessage = (): string[] =>
    calls.entries.flatMap(({ method, params }) => {
      const isIt =
        method === "setMessageReaction" &&
        Number(params["chat_id"]) === chat &&
        Number(params["message_id"]) === messageId;
      const { reaction } = params;
      const sent = typeof reaction === "string" ? reaction : JSON.stringify(reaction);
      return isIt ? [/"emoji":"([^"]*)"/.exec(sent)?.[1] ?? ""] : [];
    });
  await calls.waitFor(() => ofMessage().length >= count);
  return ofMessage();
}

/** What the model was given with this message. */
function askedWith(text: string): ModelRequest | undefined {
  return stage.requestsWith(text).at(-1);
}

async function bind(chat: number): Promise<void> {
  await stage.bind(chat);
  await stage.useModel(chat, TODAYS_MODEL);
}

test(
  "turns are taken back, and a thread is continued from an earlier message",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await bind(BACK);
    const first = stage.say(BACK, "remember the fig");
    await stage.replyTo(first, answerTo("remember the fig"));
    expect(await signsOn(first, 2)).toEqual(["👀", ""]);
    await stage.command(BACK, "undo", /^Taken back: “remember the fig”/);
    await stage.command(BACK, "undo", /^This thread has no turn to take back\.$/);
    await stage.talk(BACK, "remember the apple");
    await stage.talk(BACK, "remember the pear");
    await stage.command(
      BACK,
      "undo",
      /^Taken back: “remember the pear”\. .* Files stay as they are\.$/,
    );
    await stage.talk(BACK, "what is left?");
    expect(askedWith("what is left?")?.history).toEqual(["remember the apple", "what is left?"]);

    const card = await stage.replyTo(stage.say(BACK, "/codexchat"), /\nPermissions: ask/);
    const more = await stage.changeOf(card, stage.press(card, "More…"), /^More$/);
    const asks = await stage.changeOf(
      card,
      stage.press(more, "Undo…"),
      /^Take back the last turn\?/,
    );
    expect(asks.text).toContain("“what is left?”");
    await stage.changeOf(
      card,
      stage.press(asks, "Yes, take it back"),
      /^Taken back: “what is left\?”/,
    );

    await stage.talk(BACK, "remember the plum");
    await stage.command(
      BACK,
      "history",
      /^\(2\) 👤 remember the apple\n[^]*\n\(1\) 👤 remember the plum\n/,
    );
    await stage.command(BACK, "fork 2", /ends with the answer to “remember the apple”/);
    await stage.talk(BACK, "and in the copy?");
    expect(askedWith("and in the copy?")?.history).toEqual([
      "remember the apple",
      "and in the copy?",
    ]);
  },
);

test(
  "a question beside a running turn is answered before it, and leaves no trace",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await bind(ASIDE);
    await stage.command(ASIDE, "side anybody there?", /^Nothing is running/);
    const gate = stage.holdTurnsAsked("a long work");
    const work = stage.say(ASIDE, "a long work");
    await stage.chain.model.requests.waitFor(({ said }) => said === "a long work");
    await stage.command(ASIDE, "undo", /^Something is still running or waiting here/);

    const aside = stage.say(ASIDE, "/codexchat side how far are you?");
    await stage.replyTo(aside, /^Asked on the side\./);
    const answered = await stage.replyTo(aside, /^↪ Side answer to “how far are you\?”:/);
    expect(answered.text).toContain(answerTo("how far are you?"));

    stage.holdTurnsAsked("why so long?");
    await stage.command(ASIDE, "side why so long?", /^Asked on the side\./);
    await stage.chain.model.requests.waitFor(({ said }) => said === "why so long?");
    await stage.command(ASIDE, "side stop", /^The side question is cancelled\.$/);
    await stage.chain.model.givenUp.waitFor(({ said }) => said === "why so long?");

    gate.open();
    await stage.replyTo(work, answerTo("a long work"));
    await stage.talk(ASIDE, "and now?");
    expect(askedWith("and now?")?.history).toEqual(["a long work", "and now?"]);
  },
);

test(
  "a worktree is worked in, its changes are looked at and sent, and it goes when it is clean",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await bind(TREE);
    const tree = path.join(worktreesDir, "app-feature");
    const made = await stage.command(TREE, "new --worktree feature", /Folder: /);
    expect(plain(made.text)).toContain(`Folder: ${tree}`);
    stage.playWhenAsked("make files", [
      { do: "shell", command: "echo two >> a.txt; echo new > made.md" },
      {
        do: "say",
        text: "Look at [made.md](made.md:1) and [gone](gone.md).",
        phase: "final_answer",
      },
    ]);
    const said = stage.say(TREE, "make files");
    const answer = await stage.replyTo(said, /^Look at/);
    expect(plain(answer.text)).toBe("Look at made.md:1 and gone (gone.md).");
    const offer = await stage.replyTo(said, /^Send a file from this answer\?$/);
    expect(offer.buttons.flat().map(({ text }) => plain(text))).toEqual(["Send made.md"]);
    const sent = await fileAfter(stage.press(offer, "Send made.md"));
    expect(sent).toEqual({ name: "made.md", text: "new\n" });

    const card = await stage.command(TREE, "diff", /^2 files changed since the last commit/);
    expect(plain(card.text)).toBe(
      "2 files changed since the last commit (branch feature): +2\n✏️ a.txt +1\n🆕 made.md +1",
    );
    const whole = await fileAfter(stage.press(card, "Send the diff"));
    expect(whole.name).toBe("workspace.diff");
    expect(whole.text).toMatch(/\n\+two\n[^]*\+\+\+ b\/made\.md\n@@ -0,0 \+1,1 @@\n\+new\n$/);

    await stage.command(TREE, "worktree remove", /uncommitted changes, so it was not removed/);
    await git(tree, "add", ".");
    await git(tree, "commit", "-qm", "second");
    await stage.command(TREE, "worktree remove", /^The worktree is removed/);
    // A button of the thread that the chat had there.
    const late = stage.press(offer, "Send made.md");
    await stage.replyTo(late, /^This button no longer works\./);
  },
);

test(
  "the thread's folder is looked through, packed and added to",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await bind(FILES);
    const card = await stage.command(FILES, "ls", /A file that you choose is sent here\./);
    const docs = await stage.changeOf(
      card,
      stage.press(card, "📁 docs"),
      /^docs\. A file that you choose is sent/,
    );
    const file = await fileAfter(stage.press(docs, "notes.md"));
    expect(file).toEqual({ name: "notes.md", text: "all is well\n" });
    const zip = await fileAfter(stage.press(docs, "Send this folder as a zip"));
    expect(zip.name).toBe("docs.zip");
    expect(zip.text).toMatch(/^PK/);

    const document = { name: "more.txt", mimeType: "text/plain", bytes: Buffer.from("more\n") };
    const put = stage.chain.telegram.person.say(FILES, "put it in docs/", { document });
    await stage.replyTo(put, /^Saved: /);
    expect(await readFile(path.join(repo, "docs", "more.txt"), "utf8")).toBe("more\n");
  },
);

test(
  "what waits behind a turn that fails is held, and runs when its person says so",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await bind(LINE);
    const gate = stage.holdTurnsAsked("never used");
    stage.playWhenAsked("this one fails", [{ do: "hold", gate }, { do: "cut" }]);
    const doomed = stage.say(LINE, "this one fails");
    await stage.chain.model.requests.waitFor(({ said }) => said === "this one fails");
    const next = stage.say(LINE, "this one waits");
    await stage.taken(next);
    gate.open();
    await stage.replyTo(doomed, /^Codex app-server turn failed/);
    const asked = await stage.replyTo(doomed, /^❓[^]*1 message behind it is on hold/);
    expect(stage.requestsWith("this one waits")).toEqual([]);
    await stage.replyTo(stage.press(asked, "Run it now"), answerTo("this one waits"));
  },
);

test(
  "what waits is put on hold, edited, and let go",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await bind(HELD);
    const gate = stage.holdTurnsAsked("a long work for the line");
    const work = stage.say(HELD, "a long work for the line");
    await stage.chain.model.requests.waitFor(({ said }) => said === "a long work for the line");
    const next = stage.say(HELD, "paint it red");
    await stage.taken(next);
    await stage.command(HELD, "queue hold", /^On hold: messages wait/);
    const listed = await stage.command(HELD, "queue", /^1 message waiting .*, on hold:$/m);
    const number = /^(\d+)\. paint it red$/m.exec(plain(listed.text))?.[1];
    await stage.command(HELD, `queue edit ${number} paint it blue`, /is now: “paint it blue”/);
    gate.open();
    await stage.replyTo(work, answerTo("a long work for the line"));
    await stage.command(HELD, "queue", /^1 message waiting, on hold:$/m);
    expect(stage.requestsWith("paint it blue")).toEqual([]);
    await stage.command(HELD, "queue go", /^Messages run again\.$/);
    await stage.replyTo(next, answerTo("paint it blue"));
    expect(stage.requestsWith("paint it red")).toEqual([]);
  },
);

test(
  "a project is bound by its name, and a very long answer comes as a file with its beginning",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    const prompt = await stage.replyTo(
      stage.say(ANSWERS, "/codexchat bind app"),
      /Request: Codex will answer every message here/,
    );
    expect(plain(prompt.text)).toContain(`working in ${repo}.`);
    await stage.replyTo(stage.press(prompt, "Allow once"), /^Allowed /);
    await stage.useModel(ANSWERS, TODAYS_MODEL);

    const whole = Array.from({ length: 2500 }, (_, index) => `${index}. All is well.`).join("\n");
    stage.playWhenAsked("the whole log", [{ do: "say", text: whole, phase: "final_answer" }]);
    const log = stage.say(ANSWERS, "the whole log");
    const file = fileAfter(log);
    const beginning = await stage.replyTo(log, /^0\. All is well\.\n/);
    expect(plain(beginning.text)).toMatch(/\n\nThe whole answer follows as answer\.md\.$/);
    expect(await file).toEqual({ name: "answer.md", text: whole });
  },
);
