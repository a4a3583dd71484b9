/** What happens to what a gateway has stored, to its clock and to its binds: no chat loses its thread, its order or a message. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gate } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, botSays, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 120_000;

const TWICE = 7301;
const LONG = 7302;
const BROKEN = 7303;
const FULL = 7304;
const LEFT = 7305;
const AGED = 7306;
const PEOPLE = [TWICE, LONG, BROKEN, FULL, LEFT, AGED];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const CLOCK = fileURLToPath(new URL("../support/shifted-clock.mjs", import.meta.url));

let stage: Stage;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clock-"));
  await writeFile(clockFile(), "0");
  stage = await Stage.open(PEOPLE, [], {
    environment: { NODE_OPTIONS: `--import=${CLOCK}`, CLOCK_FILE: clockFile() },
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
}, START_TIMEOUT_MS);

const clockFile = (): string => join(folder, "offset");

/** Somebody sets the clock of the running gateway's machine. */
async function setClock(offsetMs: number): Promise<void> {
  const { log } = stage.chain.gateway;
  const after = log.entries.at(-1);
  await writeFile(clockFile(), String(offsetMs));
  await log.waitFor((line) => line === `the clock is off by ${offsetMs} ms`, { after });
}

/** A turn that runs until the gate opens. */
async function runningTurn(chat: number, text: string): Promise<[TranscriptEntry, Gate]> {
  const gate = stage.holdTurnsAsked(text);
  const said = stage.say(chat, text);
  await stage.chain.model.requests.waitFor((request) => request.said === text);
  return [said, gate];
}

async function waits(chat: number, text: string): Promise<TranscriptEntry> {
  const said = stage.say(chat, text);
  await stage.taken(said);
  return said;
}

/** OpenClaw's record of a bound Telegram chat, as it is stored; the gateway may run. */
function hostRecord(chat: number) {
  const file = join(stage.chain.gateway.stateFolder, "state/openclaw.sqlite");
  const database = new DatabaseSync(file, { readOnly: true, timeout: STEP_TIMEOUT_MS / 2 });
  const row = database
    .prepare(
      "SELECT * FROM plugin_state_entries WHERE namespace LIKE '%thread-bindings%' AND value_json LIKE ?",
    )
    .get(`%"${chat}"%`);
  database.close();
  if (!row) throw new Error(`OpenClaw has no record of ${chat}`);
  return {
    /** It is there again, as though its removal had not been stored. The gateway must not run. */
    restore(): void {
      const columns = Object.keys(row);
      const places = columns.map(() => "?").join(", ");
      const writable = new DatabaseSync(file);
      writable
        .prepare(
          `INSERT OR REPLACE INTO plugin_state_entries (${columns.join(", ")}) VALUES (${places})`,
        )
        .run(...Object.values(row));
      writable.close();
    },
  };
}

test(
  "a chat that was asked twice whether to be bound stays bound where the second time is denied",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const first = await stage.askToBind(TWICE);
    const second = await stage.askToBind(TWICE);
    const allowed = stage.chain.telegram.person.click(first, "Allow once");
    await stage.replyTo(allowed, /^Allowed .+ to bind this conversation once\./);
    await stage.talk(TWICE, "are we on");
    await stage.deny(second);
    await stage.talk(TWICE, "and still on");
    expect(stage.requestsWith("and still on").at(-1)?.history).toEqual([
      "are we on",
      "and still on",
    ]);
    stage.readChat(TWICE);
  },
);

test(
  "a turn is not taken for silent because somebody sets the clock forward",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    await stage.bind(LONG);
    const [said, gate] = await runningTurn(LONG, "think about it");
    await setClock(HOUR_MS / 2);
    const status = stage.say(LONG, "/codexchat status");
    await stage.replyTo(status, /A turn is running/);
    gate.open();
    await stage.replyTo(said, answerTo("think about it"));
    expect(stage.readChat(LONG).at(-1)).toBe(`bot: ${answerTo("think about it")}`);
  },
);

describe("after a start", () => {
  let first: TranscriptEntry;

  beforeAll(async () => {
    const { gateway, threadBindings } = stage.chain;
    // OpenClaw's Telegram channel paces its messages by the clock that was set; a new process knows only the one.
    await gateway.stop();
    await gateway.run();
    for (const chat of [BROKEN, FULL, LEFT, AGED]) {
      // oxlint-disable-next-line no-await-in-loop
      await stage.bind(chat);
      // oxlint-disable-next-line no-await-in-loop
      await stage.talk(chat, `hello from ${chat}`);
    }
    const threadId = stage.requestsWith(`hello from ${BROKEN}`)[0]?.threadId;
    const broken = (await threadBindings.list()).find((known) => known.threadId === threadId);

    const record = hostRecord(LEFT);
    const leave = stage.say(LEFT, "/codexchat detach");
    await stage.replyTo(leave, /^This chat is detached from Codex/);
    await stage.deny(await stage.askToBind(LEFT));

    // From now on the chats are sent nothing: OpenClaw's Telegram channel does not write until its clock is back where it was.
    first = (await runningTurn(FULL, "one"))[0];
    await waits(FULL, "two");
    await setClock(-HOUR_MS);
    await waits(FULL, "three");
    await setClock(-2 * HOUR_MS);
    await waits(FULL, "four");
    await waits(FULL, "five");
    await setClock(-25 * DAY_MS);
    await runningTurn(AGED, "who rang");
    await waits(AGED, "who called");

    await gateway.stop();
    record.restore();
    const inbox = (broken?.path ?? "").replace(/\.codex-app-server\.json$/, ".inbox");
    await rename(inbox, `${inbox}-was-here`);
    await writeFile(inbox, "not a folder");
    await writeFile(clockFile(), "0");
    stage.configure({ plugin: { turn: { maxQueued: 2 } } });
    await gateway.start();
  }, START_TIMEOUT_MS);

  test(
    "messages that were accepted have their answers in order, whatever the clock said then and however few may wait now",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.replyTo(first, answerTo("five"));
      const heard = stage.readChat(FULL).slice(boundLines().length + 2);
      expect(heard).toEqual([
        "person: one",
        "person: two",
        "person: three",
        "person: four",
        "person: five",
        botSays(/^The gateway restarted while/),
        ...["two", "three", "four", "five"].map((text) => `bot: ${answerTo(text)}`),
      ]);
    },
  );

  test(
    "one that seems weeks old since the clock was wrong is told of, and not lost",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      const said = stage.chain.telegram.chat(AGED).find(({ text }) => text === "who rang");
      if (!said) throw new Error("it was not said");
      await stage.replyTo(said, /waiting for over a week/);
      await stage.talk(AGED, "who is there");
      expect(stage.readChat(AGED).slice(boundLines().length + 2)).toEqual([
        "person: who rang",
        "person: who called",
        botSays(/^The gateway restarted while Codex was working on this message/),
        botSays(/has been waiting for over a week[^]*“who called”$/),
        "person: who is there",
        `bot: ${answerTo("who is there")}`,
      ]);
    },
  );

  test(
    "a file in the place of one chat's inbox holds up no chat, that one's included, and the log names it",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.chain.gateway.log.waitFor((line) =>
        /the messages of one chat cannot be read/.test(line),
      );
      await stage.talk(TWICE, "are we on again");
      await stage.talk(BROKEN, "is this on");
      expect(stage.readChat(BROKEN).at(-1)).toBe(`bot: ${answerTo("is this on")}`);
    },
  );

  test(
    "a chat that was detached stays so, though OpenClaw did not store that and a bind was denied since",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      const said = stage.say(LEFT, "anybody home");
      await stage.replyTo(said, /detached from Codex|OpenClaw's own agent answers/);
      await stage.replyTo(stage.say(LEFT, "/codexchat status"), /^This chat is not bound/);
      expect(stage.requestsWith("anybody home")).toEqual([]);
      stage.readChat(LEFT);
    },
  );
});
