/**
 * Typical conversations as a person sees them, on the real gateway with the real Telegram channel and the real Codex.
 * Each is kept in `transcripts/`, to be read; `npx vitest run test/e2e/transcripts.test.ts -u` writes them anew.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test } from "vitest";
import { Gate } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { LASTED, type Reading, readAloud } from "./read-aloud.js";
import { Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 180_000;

/** All of them talk at once, and some wait for what comes by the clock. */
const HEARD_WITHIN_MS = 90_000;

/** Long enough for everybody who answers. */
const UNANSWERED_MS = 60_000;

const PEOPLE = {
  firstSteps: 3101,
  approvals: 3102,
  questions: 3103,
  longTurn: 3104,
  queue: 3105,
  stop: 3106,
  files: 3107,
  threads: 3108,
  failures: 3109,
  settings: 3110,
  absent: 3111,
} as const;

const CALENDAR = fileURLToPath(new URL("../support/calendar-server.mjs", import.meta.url));

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open(Object.values(PEOPLE), [], {
    plugin: { progress: "brief", turn: { approvalTimeoutMs: UNANSWERED_MS } },
    codexConfig: [
      "suppress_unstable_features_warning = true",
      "[features]",
      // Codex asks questions of its own in plan mode only, unless told otherwise.
      "default_mode_request_user_input = true",
      "[mcp_servers.calendar]",
      'command = "node"',
      `args = [${JSON.stringify(CALENDAR)}]`,
    ],
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** One person's chat. */
class Talk {
  readonly #chat: number;

  constructor(chat: number) {
    this.#chat = chat;
  }

  static async bound(chat: number): Promise<Talk> {
    await stage.bind(chat);
    return new Talk(chat);
  }

  say(text: string, options?: Parameters<Stage["chain"]["telegram"]["person"]["say"]>[2]) {
    return stage.chain.telegram.person.say(this.#chat, text, options);
  }

  hear(after: TranscriptEntry, matches: string | RegExp): Promise<TranscriptEntry> {
    return stage.replyTo(after, matches, HEARD_WITHIN_MS);
  }

  hearQuestion(after: TranscriptEntry): Promise<TranscriptEntry> {
    return stage.questionAfter(after, HEARD_WITHIN_MS);
  }

  press(message: TranscriptEntry, button: string): TranscriptEntry {
    return stage.chain.telegram.person.click(message, button);
  }

  async ask(text: string, answer: string | RegExp): Promise<TranscriptEntry> {
    return this.hear(this.say(text), answer);
  }

  /** Codex answers with this. */
  async hearAnswer(text: string, answer: string): Promise<void> {
    stage.playWhenAsked(text, [{ do: "say", text: answer, phase: "final_answer" }]);
    await this.ask(text, answer);
  }

  read(how?: Reading): string {
    return readAloud(stage.chain, this.#chat, how);
  }
}

const kept = (name: string): string => `./transcripts/${name}.txt`;

describe.concurrent("a conversation reads well", { timeout: TALK_TIMEOUT_MS }, () => {
  // Those that wait for the clock come first: five talk at once.
  test("nobody answers", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.absent);
    stage.playWhenAsked("Publish the release", [
      { do: "shell", command: "echo published", justification: "To reach the registry" },
      { do: "say", text: "I was not allowed to publish it.", phase: "final_answer" },
    ]);
    const asked = talk.say("Publish the release");
    await talk.hearQuestion(asked);
    await talk.hear(asked, /nobody answered for 1 minute/);
    await talk.hear(asked, "I was not allowed to publish it.");
    await talk.hear(asked, /^❓[^]*➡️ Denied, since nobody answered in time\./);
    await expect(talk.read()).toMatchFileSnapshot(kept("11-nobody-answers"));
  });

  test("a long turn", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.longTurn);
    const gate = new Gate();
    stage.playWhenAsked("Upgrade all dependencies", [
      { do: "shell", command: "echo npm outdated" },
      { do: "hold", gate },
      { do: "say", text: "All are up to date, and the tests pass.", phase: "final_answer" },
    ]);
    const asked = talk.say("Upgrade all dependencies");
    const first = await talk.hear(asked, /^⏳ /);
    await talk.hear(first, /^⏳ /);
    gate.open();
    await talk.hear(asked, "All are up to date, and the tests pass.");
    await talk.hear(asked, /^⌛ Worked for/);
    const [early] = first.text.match(LASTED) ?? [];
    const text = talk
      .read({ withNotes: true })
      .replaceAll(LASTED, (time) => (time === early ? "25 seconds" : "45 seconds"));
    await expect(text).toMatchFileSnapshot(kept("04-a-long-turn"));
  });

  test("first steps", async ({ expect }) => {
    const talk = new Talk(PEOPLE.firstSteps);
    await talk.ask("/codexchat help", /^Codex in this chat/);
    await talk.ask("/codexchat status", /not bound/);
    await stage.bind(PEOPLE.firstSteps);
    await talk.hearAnswer(
      "What is this project?",
      "A small web server in TypeScript. The tests lie beside each file.",
    );
    await talk.ask("/codexchat status", /^Codex thread/);
    await talk.ask("/codexchat detach", /detached from Codex/);
    await expect(talk.read()).toMatchFileSnapshot(kept("01-first-steps"));
  });

  test("Codex asks for leave", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.approvals);
    stage.playWhenAsked("Run the tests, please", [
      { do: "shell", command: "echo 12 passed", justification: "The tests open a port" },
      { do: "say", text: "All 12 tests pass.", phase: "final_answer" },
    ]);
    const tests = talk.say("Run the tests, please");
    const allowed = talk.press(await talk.hearQuestion(tests), "Allow once");
    await talk.hear(allowed, /➡️ Allowed once\./);
    await talk.hear(tests, "All 12 tests pass.");

    const list = Array.from({ length: 90 }, (_, index) => `file-${index + 1}.log`).join(" ");
    stage.playWhenAsked("Clean up the logs", [
      { do: "shell", command: `rm -f ${list}`, justification: "They are no longer needed" },
      { do: "say", text: "I left the logs alone.", phase: "final_answer" },
    ]);
    stage.playWhenAsked("The person declined the last request and says: keep this week's", [
      { do: "say", text: "I left the logs alone.", phase: "final_answer" },
    ]);
    const logs = talk.say("Clean up the logs");
    const question = await talk.hearQuestion(logs);
    await talk.hear(talk.press(question, "Show all"), /file-90\.log/);
    const denied = talk.say("/codexchat deny keep this week's");
    await talk.hear(denied, "➡️ Denied.");
    await talk.hear(denied, /^❓[^]*➡️ Denied\./);
    await talk.hear(logs, "I left the logs alone.");
    talk.press(question, "Allow once");
    const text = talk.read({ eitherOrder: [[/➡️ Denied\.$/, /I left the logs alone\.$/]] });
    await expect(text).toMatchFileSnapshot(kept("02-codex-asks-for-leave"));
  });

  test("Codex and a tool server ask questions", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.questions);
    const options = [
      { label: "Postgres", description: "As in production." },
      { label: "SQLite", description: "Nothing to install." },
    ];
    stage.playWhenAsked("Set up the database", [
      {
        do: "call",
        name: "request_user_input",
        args: {
          questions: [
            { id: "kind", header: "Database", question: "Which database shall it be?", options },
            { id: "name", header: "Name", question: "What shall it be called?", options },
          ],
        },
      },
      { do: "say", text: "SQLite it is, in shop.db.", phase: "final_answer" },
    ]);
    const database = talk.say("Set up the database");
    const first = await talk.hear(database, /^❓ 1 of 2/);
    await talk.hear(talk.press(first, "SQLite"), /➡️ SQLite/);
    await talk.hear(database, /^❓ 2 of 2/);
    const named = talk.say("/codexchat answer shop.db");
    await talk.hear(named, /^➡️ shop/);
    await talk.hear(named, /^❓[^]*➡️ shop.?\..?db/);
    await talk.hear(database, "SQLite it is, in shop.db.");

    stage.playWhenAsked("Put the release into my calendar", [
      { do: "call", namespace: "mcp__calendar", name: "add_event", args: { title: "Release" } },
      { do: "say", text: "The release is in your calendar.", phase: "final_answer" },
    ]);
    const calendar = talk.say("Put the release into my calendar");
    const leave = await talk.hear(calendar, /^❓ Codex wants to use a tool:/);
    await talk.hear(talk.press(leave, "Allow once"), /➡️ Allowed once\./);
    const day = await talk.hear(calendar, /^❓ 1 of 2: When is it\?/);
    await talk.hear(talk.press(day, "Tuesday"), /➡️ Tuesday/);
    const note = await talk.hear(calendar, /^❓ 2 of 2: When is it\?/);
    await talk.hear(talk.press(note, "No answer"), /➡️ Not answered\./);
    await talk.hear(calendar, "The release is in your calendar.");
    const text = talk.read({ eitherOrder: [[/^CODEX\n    ➡️ shop\.db$/, /SQLite it is/]] });
    await expect(text).toMatchFileSnapshot(kept("03-codex-asks-questions"));
  });

  test("messages while a turn runs", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.queue);
    const gate = stage.holdTurnsAsked("Port the tests to Vitest");
    const port = talk.say("Port the tests to Vitest");
    await stage.chain.model.waitForRequest(/^Port the tests/);
    const answer = "Ported; the old ones still stand beside them.";
    stage.playWhenAsked("Leave the old ones in place", [
      { do: "hold", gate },
      { do: "say", text: answer, phase: "final_answer" },
    ]);
    const leave = talk.say("Leave the old ones in place");
    const note = await talk.hear(leave, /^Queued/);
    const pressed = talk.press(note, "Send to the running turn");
    await talk.hear(pressed, "Sent to the running Codex turn.");
    await talk.hear(pressed, "No longer queued.");
    await talk.ask("Then write a changelog", /^Queued/);
    await talk.ask("/codexchat queue", /^1 message waiting/);
    const drop = talk.say("/codexchat queue drop 3");
    await talk.hear(drop, /^Dropped from the queue/);
    await talk.hear(drop, "No longer queued.");
    gate.open();
    await talk.hear(port, answer);
    await expect(talk.read()).toMatchFileSnapshot(kept("05-messages-while-a-turn-runs"));
  });

  test("a turn is stopped", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.stop);
    stage.playWhenAsked("Find the leak", [
      { do: "say", text: "I start the server and watch its memory.", phase: "commentary" },
      { do: "shell", command: "echo started" },
      { do: "shell", command: "sleep 600" },
      { do: "say", text: "never said", phase: "final_answer" },
    ]);
    const asked = talk.say("Find the leak");
    await stage.chain.model.requests.waitFor(
      ({ said, toolOutputs }) => said === "Find the leak" && toolOutputs.length === 1,
    );
    await talk.hear(talk.say("And then the other one"), /^Queued/);
    const stop = talk.say("/codexchat stop all");
    await talk.hear(stop, /dropped from the queue/);
    await talk.hear(asked, /^Codex was stopped/);
    await talk.hear(stop, "No longer queued.");
    const text = talk.read({ eitherOrder: [[/Codex stop requested/, /Codex was stopped/]] });
    await expect(text).toMatchFileSnapshot(kept("06-a-turn-is-stopped"));
  });

  test("pictures and files", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.files);
    const { workspace } = stage.chain;
    stage.playWhenAsked("Make it look like this", [
      {
        do: "shell",
        command:
          "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: page.css\n+body {\n+  color: navy;\n+}\n*** End Patch\nEOF",
      },
      { do: "say", text: "The page is navy now, as in your picture.", phase: "final_answer" },
    ]);
    const asked = talk.say("Make it look like this", {
      photo: Buffer.from(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "base64",
      ),
    });
    await talk.hear(asked, /navy now/);
    await talk.ask("/codexchat diff", /page.+css/);
    await mkdir(join(workspace, "reports"), { recursive: true });
    await writeFile(join(workspace, "reports", "coverage.txt"), "96 %");
    await talk.ask("/codexchat send reports/coverage.txt", /^Sent/);
    await talk.ask("/codexchat send ../../etc/passwd", /Only files inside/);
    await expect(talk.read()).toMatchFileSnapshot(kept("07-pictures-and-files"));
  });

  test("the thread in hand", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.threads);
    await talk.hearAnswer("Draft the whale article", "Here is a first draft.");
    await talk.ask("/codexchat rename Whale article", /Whale article/);
    await talk.ask("/codexchat fork", /in a copy/);
    await talk.hearAnswer("Try it with a joke", "Here it is with a joke.");
    const list = await talk.ask("/codexchat threads whale", /^Codex threads/);
    const original = list.buttons.flat()[0]?.text ?? "no button";
    await talk.hear(talk.press(list, original), /resumed/);
    const compact = talk.say("/codexchat compact");
    await talk.hear(compact, /^Compacting/);
    await talk.hear(compact, /^The thread is compacted/);
    await talk.ask("/codexchat new", /new Codex thread/);
    const review = "No findings: the changes are fine.";
    stage.playWhenAsked(REVIEW, [{ do: "say", text: review, phase: "final_answer" }]);
    const asked = talk.say("/codexchat review");
    await talk.hear(asked, /^Codex is reviewing/);
    await talk.hear(asked, review);
    const text = talk.read({
      eitherOrder: [
        [/Compacting the thread/, /The thread is compacted/],
        [/Codex is reviewing/, /No findings/],
      ],
    });
    await expect(text).toMatchFileSnapshot(kept("08-the-thread-in-hand"));
  });

  test("something goes wrong", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.failures);
    stage.playWhenAsked("Fix the build", [
      {
        do: "fail",
        status: 429,
        message: "You've hit your usage limit.",
        type: "usage_limit_reached",
        resetsAt: IN_2100,
      },
    ]);
    await talk.ask("Fix the build", /usage limit/);
    stage.playWhenAsked("Fix the build now", [{ do: "fail", status: 503 }]);
    await talk.ask("Fix the build now", /turn failed/);
    await talk.ask("/codexchat model gpt-99", /gpt-99/);
    await talk.ask("/codexchat permissions yolo", /would go beyond/);
    await talk.ask("/codexchat bind --cwd /no/such/folder", /does not exist/);
    await talk.ask("/codexchat frobnicate", /There is no/);
    await expect(talk.read()).toMatchFileSnapshot(kept("09-something-goes-wrong"));
  });

  test("the chat's own settings", async ({ expect }) => {
    const talk = await Talk.bound(PEOPLE.settings);
    await talk.ask("/codexchat effort high", /effort/i);
    await talk.ask("/codexchat fast on", /fast mode: on/);
    await talk.ask("/codexchat permissions guardian", /guardian/);
    await talk.ask("/codexchat permissions ask", /ask/);
    await talk.ask("/codexchat queue", /No message is waiting/);
    await talk.ask("/codexchat stop", /Nothing|No active/);
    await expect(talk.read()).toMatchFileSnapshot(kept("10-the-chats-own-settings"));
  });
});

/** Seconds since 1970; far enough that Codex names the day, which is then the same on every day. */
const IN_2100 = Date.UTC(2100, 5, 15, 12) / 1000;

/** What Codex 0.169 itself says to the model. */
const REVIEW =
  "Review the current code changes (staged, unstaged, and untracked files) and provide prioritized findings.";
