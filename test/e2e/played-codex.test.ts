/** What only a real provider has Codex say, played by an app-server in its place, on a real gateway. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { png } from "../support/pictures.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 120_000;

const PERSON = 6701;
const PLAYED = fileURLToPath(new URL("../support/played-codex.mjs", import.meta.url));

type Played = [method: string, params: Readonly<Record<string, unknown>>];

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([PERSON], [], {
    plugin: { appServer: { command: process.execPath, args: [PLAYED] } },
  });
  await stage.bind(PERSON);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

const completed = (item: Readonly<Record<string, unknown>>): Played => [
  "item/completed",
  { item: { id: JSON.stringify(item).slice(0, 40), ...item } },
];
const message = (text: string): Played =>
  completed({ type: "agentMessage", text, phase: "final_answer" });
const picture = (result: string, savedPath?: string): Played =>
  completed({ type: "imageGeneration", status: "completed", result, savedPath });

const isFile = ({ kind }: TranscriptEntry): boolean => kind === "photo" || kind === "document";

/** Has a turn do that. */
const ask = (played: readonly Played[]) => stage.say(PERSON, JSON.stringify(played));

test(
  "pictures come as pictures, beside words or alone, and nothing that only calls itself one",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const drawn = png(3).toString("base64");
    const both = ask([picture(drawn), message("A fox, as you wanted.")]);
    await stage.replyTo(both, "A fox, as you wanted.");
    const { telegram } = stage.chain;
    const first = await telegram.waitForMessage(PERSON, isFile, { after: both });
    expect(first.files.map(({ bytes }) => bytes.toString("base64"))).toEqual([drawn]);
    const alone = ask([picture(png(4).toString("base64"))]);
    await stage.replyTo(alone, "Codex made a picture.");
    await telegram.waitForMessage(PERSON, isFile, { after: alone });
    const secret = ask([picture("", "/etc/passwd"), message("That was none.")]);
    await stage.replyTo(secret, "That was none.");
    await stage.replyTo(ask([message("Next.")]), "Next.");
    expect(telegram.chat(PERSON).filter(isFile)).toHaveLength(2);
    stage.readChat(PERSON);
  },
);

test(
  "another model in the place of the chat's is told once, and what is hidden is not told",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const rerouted: Played = [
      "model/rerouted",
      { fromModel: "big", toModel: "small", reason: "highRiskCyberActivity" },
    ];
    const hidden = completed({
      type: "agentMessage",
      text: "Not for you.",
      phase: "final_answer",
      moderation: { display: { mode: "hide" } },
    });
    const said = ask([rerouted, hidden, message("One.")]);
    await stage.replyTo(said, "One.");
    await stage.replyTo(ask([rerouted, message("Two.")]), "Two.");
    const heard = stage.readChat(PERSON).slice(boundLines().length);
    expect(heard.filter((line) => line.includes("small instead of big"))).toEqual([
      "bot: Codex answers with small instead of big for now.",
    ]);
    expect(heard.join("\n")).not.toMatch(/^bot: .*Not for you/m);
  },
);
