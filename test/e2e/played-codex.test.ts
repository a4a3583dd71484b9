/** What only a real provider has Codex say, and what Codex does not do today, played by an app-server on a real gateway. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { png } from "../support/pictures.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { boundLines, plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 120_000;

/** Codex takes it that long to leave a request unanswered. */
const REQUEST_MS = 20_000;

const PERSON = 6701;
const PLAYED = fileURLToPath(new URL("../support/played-codex.mjs", import.meta.url));

const PLUGIN = {
  appServer: { command: process.execPath, args: [PLAYED], requestTimeoutMs: REQUEST_MS },
  // Also on a machine that takes its time with each message.
  turn: { joinWithinMs: 10_000 },
};

type Played = [method: string, params?: unknown];

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([PERSON], [], { plugin: PLUGIN });
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

const UNTIL_STEERED: Played = ["(hold)"];

/** Has a turn do that. */
const ask = (played: readonly Played[]) => stage.say(PERSON, JSON.stringify(played));

/** A turn that has begun by now, and can be steered. */
async function running(steps: readonly Played[]): Promise<TranscriptEntry> {
  const said = ask(steps);
  // A command overtakes what OpenClaw has not handed on yet.
  await stage.taken(said);
  await stage.statusThat(PERSON, /A turn is running/);
  return said;
}

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

test(
  "a turn that is over with the answer to its start is answered at once",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const items = [{ id: "only", type: "agentMessage", text: "At once.", phase: "final_answer" }];
    await stage.replyTo(ask([["(ends in the answer)", items]]), "At once.");
    expect(stage.readChat(PERSON).at(-1)).toBe("bot: At once.");
  },
);

test(
  "a turn that ends without a word when its thread is closed, or in an error, is told to have ended",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const said = message("It is nearly done.");
    const gone: Played[] = [
      ["thread/closed", {}],
      ["thread/status/changed", { status: { type: "systemError" } }],
    ];
    for (const lost of gone) {
      // oxlint-disable-next-line no-await-in-loop
      await stage.replyTo(
        ask([said, lost, ["(no end)"]]),
        /^Codex app-server turn failed: [^]*It is nearly done\.$/,
      );
      // oxlint-disable-next-line no-await-in-loop
      await stage.replyTo(ask([message("And on.")]), "And on.");
    }
    expect(stage.readChat(PERSON).at(-1)).toBe("bot: And on.");
  },
);

test(
  "words that Codex may or may not have taken into the turn are told to be uncertain",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const said = await running([["(silent)", "turn/steer"], UNTIL_STEERED, message("Turned.")]);
    const first = stage.say(PERSON, "/codexchat steer turn left");
    await stage.replyTo(first, /Codex did not say whether it took this for the running turn/);
    stage.say(PERSON, "/codexchat steer go on");
    await stage.replyTo(said, "Turned.");
    const answers = stage.readChat(PERSON).filter((line) => line === "bot: Turned.");
    expect(answers).toHaveLength(1);
  },
);

test(
  "a turn that is stopped before Codex says whether it begins is told as stopped, and the next one comes",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const deaf = ask([["(silent)", "turn/start"], message("I hear no more.")]);
    await stage.replyTo(deaf, "I hear no more.");
    const said = await running([message("Not heard.")]);
    await stage.replyTo(stage.say(PERSON, "/codexchat stop"), /The turn had not begun yet\./);
    await stage.replyTo(said, "Codex was stopped.");
    await stage.replyTo(ask([message("And on.")]), "And on.");
    const heard = stage.readChat(PERSON);
    const since = heard.slice(heard.indexOf("bot: I hear no more."));
    expect(since.join("\n")).not.toMatch(/^bot: (Not heard|.*failed)/m);
  },
);

test(
  "what is forwarded with a comment goes into the comment's turn",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const said = ask([UNTIL_STEERED, message("I have read both.")]);
    const by = { id: 88, is_bot: false, first_name: "Ann" };
    const origin = { type: "user", sender_user: by, date: 1_790_000_000 };
    stage.chain.telegram.person.say(PERSON, "out of disk", { more: { forward_origin: origin } });
    await stage.replyTo(said, "I have read both.");
    await stage.replyTo(ask([message("And on.")]), "And on.");
    expect(stage.readChat(PERSON).join("\n")).not.toMatch(/^bot: Heard: [^]*out of disk/m);
  },
);

test(
  "what a person adds right after a message goes into that one's turn, and into none that is over",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const said = ask([UNTIL_STEERED, message("Red and large.")]);
    await stage.taken(said);
    stage.say(PERSON, "and large");
    await stage.replyTo(said, "Red and large.");
    await stage.replyTo(ask([message("And on.")]), "And on.");
    expect(stage.readChat(PERSON).join("\n")).not.toMatch(/^bot: Heard: [^]*and large/m);
  },
);

const WORK: [item: Readonly<Record<string, unknown>>, now: RegExp][] = [
  [{ type: "commandExecution", command: "npm test" }, /^Now: npm test$/m],
  [
    { type: "fileChange", changes: [{ path: "src/a.ts" }, { path: "src/b.ts" }] },
    /^Now: src\/a\.ts and 1 more$/m,
  ],
  [{ type: "mcpToolCall", server: "docs", tool: "find" }, /^Now: find \(docs\)$/m],
  [{ type: "dynamicToolCall", tool: "look_up" }, /^Now: look_up$/m],
  [{ type: "webSearch", query: "weather" }, /^Now: web search: weather$/m],
  [{ type: "sleep", durationMs: 3_600_000 }, /^Now: sleeping for 1 hour$/m],
  [{ type: "imageView", path: "fox.png" }, /^Now: looking at fox\.png$/m],
  [{ type: "imageGeneration" }, /^Now: making a picture$/m],
  [{ type: "enteredReviewMode", review: "changes" }, /^Now: reviewing$/m],
  [{ type: "contextCompaction" }, /^Now: summarizing the conversation so far$/m],
  [{ type: "collabAgentToolCall", tool: "wait" }, /^Now: waiting for its sub-agents$/m],
];

test(
  "the status names each kind of work that a turn does",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const steps = WORK.flatMap(([item]): Played[] => [
      ["item/started", { item: { id: JSON.stringify(item), ...item } }],
      UNTIL_STEERED,
    ]);
    const said = await running([...steps, message("All done.")]);
    for (const [, now] of WORK) {
      // oxlint-disable-next-line no-await-in-loop
      await stage.statusThat(PERSON, now);
      stage.say(PERSON, "/codexchat steer go on");
    }
    await stage.replyTo(said, "All done.");
    const over = await stage.statusThat(PERSON, /No turn is running/);
    expect(over.text).not.toMatch(/^Now: /m);
    stage.readChat(PERSON);
  },
);

/** A limit that has reset by the time that its turn's end is told is nothing to ask about. */
const LIMIT_S = 15;
/** Codex is asked a while after that. */
const RESET_WITHIN_MS = 90_000;

test(
  "a turn that the account's limit has ended continues when that resets, once, if a button was pressed for it",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const error = { message: "You've hit your usage limit.", codexErrorInfo: "usageLimitExceeded" };
    const said = ask([
      ["(limit)", LIMIT_S],
      ["(fails)", error],
    ]);
    await stage.replyTo(said, /the usage limit of the Codex account is reached/);
    const asked = await stage.replyTo(said, /Should Codex continue when the limit resets\?/);
    const [goOn] = asked.buttons.flat();
    expect(goOn?.text).toMatch(/^Go on at \d\d:\d\d UTC$/);
    stage.chain.telegram.person.click(asked, goOn?.text ?? "");
    await stage.replyTo(said, /^❓ Codex continues at /);
    await stage.replyTo(said, "The limit has reset, so Codex continues.", RESET_WITHIN_MS);
    await stage.replyTo(said, /^Heard: The usage limit that stopped you has been reset\./);
    await stage.replyTo(ask([message("And on.")]), "And on.");
    const heard = stage.readChat(PERSON).filter((line) => line.startsWith("bot: Heard: "));
    expect(heard).toHaveLength(1);
  },
);

// Last, since from then on the gateway has an owner, who is asked in OpenClaw's own messages.
test(
  "a rule for a host that Codex proposes is shown to the owner word for word, and is what an always allows",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    await stage.chain.gateway.stop();
    const commands = { ownerAllowFrom: [`telegram:${PERSON}`] };
    stage.configure({ plugin: PLUGIN, sections: { commands } });
    await stage.chain.gateway.start();
    const host = "registry.example.com";
    const rule = {
      applyNetworkPolicyAmendment: { network_policy_amendment: { host, action: "allow" } },
    };
    const about = {
      itemId: "fetch",
      kind: "command",
      command: "npm ci",
      cwd: stage.chain.workspace,
      networkApprovalContext: { host, protocol: "https" },
      availableDecisions: ["accept", rule, "cancel"],
    };
    const said = ask([["(asks)", ["item/commandExecution/requestApproval", about]]]);
    const asked = await stage.replyTo(said, /approval required/);
    expect(plain(asked.text)).toContain(`network access to ${host}`);
    const always = asked.buttons.flat().find(({ text }) => /always/i.test(text));
    stage.press(asked, always?.text ?? "no such button");
    const answer = await stage.replyTo(said, /^\{"decision":/);
    expect(JSON.parse(plain(answer.text))).toEqual({ decision: rule });
  },
);
