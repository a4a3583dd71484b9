/** Cards and their buttons on the real Telegram channel. */
import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const SCENARIO_TIMEOUT_MS = 150_000;

const BINDER = 2101;
const WORKER = 2102;
const CHOOSER = 2103;
const OTHER = 2104;
const TALKER = 2105;
const STRANGER = 9101;
const GROUP = -3101;

const HOME = /\nPermissions: ask/;

let stage: Stage;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(await realpath(tmpdir()), "codex-cards-"));
  for (const name of ["a", "b", "c", "d", "e", "f", "g", "h"]) {
    await mkdir(path.join(root, `project-${name}`));
  }
  stage = await Stage.open([BINDER, WORKER, CHOOSER, OTHER, TALKER], [GROUP], {
    plugin: { appServer: { workspaceRoots: [root] } },
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
}, SCENARIO_TIMEOUT_MS);

const labelsOf = ({ buttons }: TranscriptEntry): string[] => buttons.flat().map(({ text }) => text);

const showCard = (chat: number, text = HOME, from?: number): Promise<TranscriptEntry> =>
  stage.replyTo(stage.say(chat, "/codexchat", from), text);

const press = (card: TranscriptEntry, label: string, from?: number): TranscriptEntry =>
  stage.chain.telegram.person.click(card, label, from);

test(
  "a chat that is not bound is bound from its card, which then shows the thread",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    const card = await showCard(BINDER, /not bound/);
    const bind = labelsOf(card)[0] ?? "";
    expect(bind).toMatch(/^Bind: /);
    const pressed = press(card, bind);
    const prompt = await stage.replyTo(pressed, /^Plugin bind approval required/);
    const allowed = press(prompt, "Allow once");
    const bound = await stage.changeOf(card, allowed, HOME);
    expect(bound.text).toContain("Nothing is running.");
    expect(labelsOf(bound)).toEqual([
      "New thread",
      "Threads",
      "Model",
      "Permissions",
      "Diff",
      "Files",
      "More…",
    ]);
  },
);

test(
  "a card follows the turn, and its Stop stops only the turn that it was shown for",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(WORKER);
    const card = await showCard(WORKER);
    stage.holdTurnsAsked("first work");
    const first = stage.say(WORKER, "first work");
    const working = await stage.changeOf(card, first, /▶ Working since/);
    expect(labelsOf(working).slice(0, 2)).toEqual(["Stop", "Steer"]);
    const pressed = press(working, "Stop");
    await stage.changeOf(card, pressed, /^Codex stop requested\./);
    await stage.replyTo(pressed, /^Codex was stopped\./);
    const idle = await stage.changeOf(card, pressed, /Nothing is running\./);
    expect(labelsOf(idle)).not.toContain("Stop");

    const gate = stage.holdTurnsAsked("second work");
    const second = stage.say(WORKER, "second work");
    await stage.changeOf(card, second, /▶ Working since/);
    const late = press(working, "Stop");
    await stage.changeOf(card, late, /^That turn has ended/);
    gate.open();
    await stage.replyTo(second, answerTo("second work"));
  },
);

test(
  "pickers page through what there is, and every way back is a button",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(CHOOSER);
    const card = await showCard(CHOOSER);
    const folders = await stage.changeOf(
      card,
      press(card, "New thread"),
      /^Where should Codex work\?/,
    );
    expect(folders.text).toContain("Page 1 of 2");
    const more = await stage.changeOf(card, press(folders, "Next ›"), /Page 2 of 2/);
    expect(labelsOf(more)).toContain("project-h");
    const before = await stage.changeOf(card, press(more, "‹ Previous"), /Page 1 of 2/);
    const home = await stage.changeOf(card, press(before, "‹ Back"), HOME);
    const models = await stage.changeOf(card, press(home, "Model"), /Choose another/);
    const back = await stage.changeOf(card, press(models, "‹ Back"), HOME);
    const again = await stage.changeOf(card, press(back, "New thread"), /Page 1 of 2/);
    const last = await stage.changeOf(card, press(again, "Next ›"), /Page 2 of 2/);
    const chosen = press(last, "project-h");
    await stage.replyTo(chosen, /^This chat is bound to a new Codex thread\./);
    const moved = await stage.changeOf(card, chosen, HOME);
    expect(moved.text).toContain(`Folder: ${path.join(root, "project-h")}`);
    // What the chat had when the button was shown is no more.
    await stage.changeOf(card, press(last, "project-h"), /^This chat has moved to another thread/);
  },
);

test(
  "after a card's Steer the next message goes to the running turn",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(TALKER);
    const gate = stage.holdTurnsAsked("paint it");
    const painted = stage.say(TALKER, "paint it");
    // Commands that follow fast keep OpenClaw from handing it on.
    await stage.taken(painted);
    await stage.statusThat(TALKER, /A turn is running/);
    const card = await showCard(TALKER, /▶ Working since/);
    const ways = await stage.changeOf(
      card,
      press(card, "Steer"),
      /press the button, then write it/,
    );
    const pressed = press(ways, "Send my next message to it");
    await stage.changeOf(card, pressed, /Your next message goes to the running turn/);
    const steered = stage.say(TALKER, "in blue");
    await stage.replyTo(steered, /^Sent to the running Codex turn/);
    gate.open();
    await stage.replyTo(painted, new RegExp(`${answerTo("in blue")}$`));
    expect(stage.requestsWith("in blue")[0]?.history).toEqual(["paint it", "in blue"]);
  },
);

test(
  "a bare yes allows what Codex asks, and a bare no denies it",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    for (const [word, outcome] of [
      ["yes", /➡️ Allowed once\.$/],
      ["no", /➡️ Denied\.$/],
    ] as const) {
      const mark = path.join(stage.chain.workspace, `said-${word}.txt`);
      const request = `leave a mark for ${word}`;
      stage.playWhenAsked(request, [
        { do: "shell", command: `printf marked > ${mark}`, justification: "To leave a mark" },
        { do: "say", text: answerTo(request), phase: "final_answer" },
      ]);
      const said = stage.say(TALKER, request);
      await stage.questionAfter(said);
      // OpenClaw tells the plugin that it has shown the question a while after the person has it.
      await stage.command(TALKER, "status", /A turn is running/);
      await stage.replyTo(stage.say(TALKER, word), outcome);
      await stage.replyTo(said, answerTo(request));
      const marked = readFile(mark, "utf8").catch(() => "nothing");
      expect(await marked).toBe(word === "yes" ? "marked" : "nothing");
    }
  },
);

test(
  "a card's buttons are for its chat, and for those who may command",
  { timeout: SCENARIO_TIMEOUT_MS },
  async () => {
    await stage.bind(GROUP, OTHER);
    const card = await showCard(GROUP, HOME, OTHER);
    const refused = press(card, "Model", STRANGER);
    await stage.replyTo(refused, "You are not allowed to use Codex here.");

    const own = await showCard(OTHER, /not bound/);
    const data = card.buttons.flat().find(({ text }) => text === "Permissions")?.data ?? "";
    const forged = stage.chain.telegram.person.forgeClick(own, data, OTHER);
    await stage.changeOf(own, forged, /^That button was out of date\.[^]*not bound/);
    const edits = stage.chain.telegram
      .chat(GROUP)
      .filter(({ kind, messageId }) => kind === "edit" && messageId === card.messageId);
    expect(edits).toEqual([]);
  },
);
