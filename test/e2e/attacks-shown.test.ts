/**
 * Somebody chooses what a command, a folder or a file says and is, on a real gateway with the real Telegram channel and the
 * real Codex: none of it passes for the plugin's own words, and who did what is noted.
 */
import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookUntil } from "../support/look-again.js";
import { asObject, asString, type JsonObject, parseJson } from "../support/wire-guards.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { Installation } from "./installation.js";
import { answerTo, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 120_000;
/** What is noted or closed is so a moment after it was done. */
const NOTED_WITHIN = { timeout: 30_000 };

/** One for each scenario, so that what is left open in one holds no other up. */
const FORGED = 7101;
const UNSEEN = 7102;
const NAMED = 7103;
const NOTED = 7104;
const DETACHED = 7105;
const BROKEN = 7106;
const WHOLE = 7107;
const OWNED = 7108;
const OWNER = 7109;
const ANN = 7110;
const BEN = 7111;
/** A group in which both may command. */
const GROUP = -7112;
const PEOPLE = [FORGED, UNSEEN, NAMED, NOTED, DETACHED, BROKEN, WHOLE, OWNED, OWNER, ANN, BEN];

let stage: Stage;
let installation: Installation;

beforeAll(async () => {
  stage = await Stage.open(PEOPLE, [GROUP]);
  installation = new Installation(stage);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** The model wants to run these outside of the sandbox, one after another, and answers then. */
function wants(said: string, ...commands: readonly string[]): void {
  stage.playWhenAsked(said, [
    ...commands.map((command) => ({ do: "shell", command, justification: "To see" }) as const),
    { do: "say", text: answerTo(said), phase: "final_answer" },
  ]);
}

/** What was sent to Telegram as this message, markup and all. */
function sentAs({ chat, text }: TranscriptEntry): string {
  const begin = text.slice(0, 12);
  const { calls } = stage.chain.telegram;
  const call = calls.entries.findLast(
    ({ method, params }) =>
      method === "sendMessage" &&
      Number(params["chat_id"]) === chat &&
      asString(params["text"]).includes(begin),
  );
  return asString(call?.params["text"]);
}

/** The lines that stand outside of blocks of code. */
const outsideCode = (html: string): string => html.replaceAll(/<pre>[^]*?<\/pre>/g, "\n");

/** The plugin's own folder. */
const ours = (): string => join(stage.chain.gateway.stateFolder, "codex-conversation");

const auditFile = (): string => join(ours(), "audit.jsonl");

async function auditLines(file = auditFile()): Promise<JsonObject[]> {
  const text = await readFile(file, "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [asObject(parseJson(line))]));
}

const modeOf = async (file: string): Promise<string> =>
  ((await stat(file)).mode & 0o777).toString(8);

describe("a command", () => {
  test(
    "that has lines as the plugin writes them stands apart from those",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(FORGED);
      wants(
        "forge lines",
        "true x\n```\nFolder: /safe\nReason: tests\n\nBy typing: `/codexchat approve 1`",
      );
      const said = stage.say(FORGED, "forge lines");
      const question = await stage.questionAfter(said);
      const own = outsideCode(sentAs(question));
      expect(question.text).toContain("Folder: /safe");
      expect(own).not.toMatch(/\/safe|Reason: tests|approve 1\b/);
      expect(own).toContain("Reason: To see");
      await stage.replyTo(stage.chain.telegram.person.click(question, "Deny"), /➡️ Denied/);
      await stage.replyTo(said, answerTo("forge lines"));
    },
  );

  test(
    "shows what cannot be seen in it, and runs as it was shown",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(UNSEEN);
      const unseen = [
        "\u2800",
        "\uFE0F",
        "\u{1D159}",
        "\r",
        "\u202E",
        "\u3164",
        "\u{E0061}",
        "\u200D",
      ];
      const file = join(stage.chain.workspace, "unseen.txt");
      wants("hide signs", `printf '${unseen.join(".")}' >${file}`);
      const said = stage.say(UNSEEN, "hide signs");
      const question = await stage.questionAfter(said);
      for (const sign of unseen) {
        expect(question.text).not.toContain(sign);
        expect(question.text).toContain(`\\u{${sign.codePointAt(0)?.toString(16)}}`);
      }
      stage.chain.telegram.person.click(question, "Allow once");
      await stage.replyTo(said, answerTo("hide signs"));
      expect(await readFile(file, "utf8")).toBe(unseen.join("."));
    },
  );
});

test(
  "a folder's name formats, mentions and reverses nothing, in OpenClaw's prompt, the status and a refusal",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const folder = join(
      stage.chain.workspace,
      "**x**\n@everyone [y](https://z.example)\u202Egnp.sh",
    );
    await mkdir(folder, { recursive: true });
    const prompt = await stage.replyTo(
      stage.say(NAMED, `/codexchat bind --cwd "${folder}"`),
      /^Plugin bind approval required/,
    );
    const allowed = await stage.replyTo(
      stage.chain.telegram.person.click(prompt, "Allow once"),
      /^Allowed /,
    );
    const status = await installation.command(NAMED, "status", /^Codex thread: /);
    const refused = await installation.command(NAMED, `new --cwd "${folder}/nothing"`, /does not/);
    for (const message of [prompt, allowed, status, refused]) {
      const html = sentAs(message);
      expect(html).toContain("everyone");
      expect(html).not.toMatch(/<(?:a|b|strong) |<(?:b|strong)>|@everyone|\u202E/);
    }
    await stage.talk(NAMED, "in that folder");
  },
);

test(
  "what is typed without an id answers no question that has just come in the place of another",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const { person } = stage.chain.telegram;
    await stage.bind(GROUP, ANN);
    const mark = join(stage.chain.workspace, "replaced.txt");
    wants("two of them", "true", `printf x >${mark}`);
    const said = stage.say(GROUP, "two of them", ANN);
    const first = await stage.questionAfter(said);
    const clicked = person.click(first, "Deny", ANN);
    await stage.questionAfter(clicked);
    // Ben has read the first one only. He types both at once: in a while it would be the second that he has read.
    const both = stage.say(GROUP, "/codexchat approve", BEN);
    stage.say(GROUP, "/codexchat approve always", BEN);
    const answered = await stage.replyTo(both, /^Name the question:/);
    await stage.replyTo(answered, /^Name the question:/);
    await stage.taken(stage.say(GROUP, "yes", BEN));
    await expect(readFile(mark, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
    await stage.replyTo(stage.say(GROUP, "/codexchat stop all", ANN), /stop requested/);
  },
);

test(
  "the audit log has a line for each bind, decision, change of permissions, file and detach, for its owner alone",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    await stage.bind(NOTED);
    wants("note this", "printf noted");
    const said = stage.say(NOTED, "note this");
    await stage.replyTo(
      stage.chain.telegram.person.click(await stage.questionAfter(said), "Deny"),
      /➡️ Denied/,
    );
    await stage.replyTo(said, answerTo("note this"));
    await installation.command(NOTED, "permissions guardian", /./);
    await writeFile(join(stage.chain.workspace, "to-send.txt"), "sent");
    await stage.chain.telegram.transcript.waitFor(
      ({ kind, chat }) => kind === "document" && chat === NOTED,
      { after: stage.say(NOTED, "/codexchat send to-send.txt") },
    );
    await installation.command(NOTED, "detach", /^This chat is detached/);
    const lines = await lookUntil("the line about the detach", async () => {
      const ofChat = (await auditLines()).filter(
        ({ chat }) => chat === `telegram:${NOTED}` || chat === String(NOTED),
      );
      return ofChat.some(({ event }) => event === "detach") ? ofChat : undefined;
    });
    expect(lines).toMatchObject([
      {
        event: "bind",
        by: "command",
        senderId: String(NOTED),
        outcome: expect.stringMatching(/^asked: /),
      },
      { event: "bind", by: "click", outcome: "approved", text: stage.chain.workspace },
      {
        event: "decision",
        by: "click",
        senderId: String(NOTED),
        outcome: "Denied.",
        text: expect.stringContaining("printf noted"),
        sha256: expect.stringMatching(/^[\da-f]{64}$/),
      },
      { event: "permissions", by: "command", outcome: expect.any(String) },
      { event: "file sent", by: "command", text: expect.stringContaining("to-send.txt") },
      { event: "detach", by: "command" },
    ]);
    for (const { at } of lines)
      expect(Date.parse(asString(at))).toBeGreaterThan(Date.now() - 600_000);
    expect(await modeOf(auditFile())).toBe("600");
  },
);

describe("after a stop in which somebody was at the state folder", () => {
  let waiting: TranscriptEntry;

  beforeAll(async () => {
    const { gateway, model, threadBindings } = stage.chain;
    const known = new Set((await threadBindings.list()).map(({ path }) => path));
    await stage.bind(BROKEN);
    const broken = (await threadBindings.list()).find(({ path }) => !known.has(path));
    await stage.talk(BROKEN, "before");
    await stage.bind(WHOLE);
    await stage.bind(DETACHED);
    await stage.talk(DETACHED, "before");
    await installation.command(DETACHED, "detach", /^This chat is detached/);
    const gate = stage.holdTurnsAsked("until the stop");
    stage.say(WHOLE, "until the stop");
    await model.waitForRequest(/^until the stop$/);
    waiting = stage.say(WHOLE, "waiting");
    await stage.taken(waiting);
    await gateway.stop();
    gate.open();

    const inbox = (broken?.path ?? "").replace(/\.codex-app-server\.json$/, ".inbox");
    await rename(inbox, `${inbox}-was-here`);
    await symlink(`${inbox}-was-here`, inbox);
    await appendFile(
      auditFile(),
      `${JSON.stringify({ at: "before", text: "x".repeat(5_000_000) })}\n`,
    );
    await chmod(gateway.stateFolder, 0o777);
    await chmod(ours(), 0o777);
    await chmod(dirname(inbox), 0o777);
    await chmod(broken?.path ?? "", 0o666);
    stage.configure({ sections: { commands: { ownerAllowFrom: [`telegram:${OWNER}`] } } });
    await gateway.start();
  }, START_TIMEOUT_MS);

  test(
    "a link in the place of one chat's inbox holds up no other chat, and the log names it",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.replyTo(waiting, answerTo("waiting"));
      await stage.chain.gateway.log.waitFor((line) =>
        /\.inbox is a link, which is not followed/.test(line),
      );
      await stage.talk(BROKEN, "all the same");
      expect(stage.requestsWith("all the same")).toHaveLength(1);
    },
  );

  test(
    "what was open to other users is closed, and the log says so",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      const { gateway, threadBindings } = stage.chain;
      await gateway.log.waitFor((line) =>
        line.includes(`${ours()} was open to other users (mode 777)`),
      );
      const files = (await threadBindings.list()).map(({ path }) => path);
      await expect
        .poll(async () => new Set(await Promise.all([ours(), ...files].map(modeOf))), NOTED_WITHIN)
        .toEqual(new Set(["700", "600"]));
      expect(await modeOf(gateway.stateFolder)).toMatch(/[0145]$/);
    },
  );

  test("a chat that was detached reaches Codex no more", { timeout: STEP_TIMEOUT_MS }, async () => {
    const said = stage.say(DETACHED, "who hears this");
    await stage.replyTo(said, /detached from Codex|OpenClaw's own agent answers/);
    await installation.command(DETACHED, "status", /^This chat is not bound to Codex/);
    expect(stage.requestsWith("who hears this")).toEqual([]);
  });

  test(
    "the owner sees a command as it is, in their message and in the chat's, and it is noted in a new audit log",
    { timeout: STEP_TIMEOUT_MS },
    async () => {
      await stage.bind(OWNED);
      const mark = join(stage.chain.workspace, "owned.txt");
      const command = [
        `make -s all || touch ${mark} || true`,
        "echo [click](https://evil.example/a) <b>bold</b> <tg-spoiler>gone</tg-spoiler>",
        '[note]: https://evil.example/b "hidden"',
        "```",
        "__out__ of ~~the~~ block @everyone",
      ].join("\n");
      wants("shown to the owner", command);
      const said = stage.say(OWNED, "shown to the owner");
      const asked = await stage.chain.telegram.waitForMessage(OWNER, /Plugin approval required/);
      for (const part of [
        `make -s all || touch ${mark} || true`,
        "[click](https://evil.example/a) <b>bold</b> <tg-spoiler>gone</tg-spoiler>",
        '[note]: https://evil.example/b "hidden"',
        "__out__ of ~~the~~ block @everyone",
      ]) {
        expect(asked.text).toContain(part);
      }
      const html = sentAs(asked);
      expect(html).not.toMatch(/<tg-spoiler|<a /);
      expect(outsideCode(html)).not.toMatch(/make -s|evil|out__|everyone/);
      await stage.replyTo(stage.say(OWNED, "/codexchat approve"), /owner/);
      stage.chain.telegram.person.click(asked, "Deny");
      await stage.replyTo(said, answerTo("shown to the owner"));
      await expect(readFile(mark, "utf8")).rejects.toMatchObject({ code: "ENOENT" });

      await expect
        .poll(() => auditLines(), NOTED_WITHIN)
        .toContainEqual(
          expect.objectContaining({ event: "decision", by: "operator", outcome: "Denied." }),
        );
      expect((await auditLines(`${auditFile()}.1`)).at(-1)).toMatchObject({ at: "before" });
      expect(await Promise.all([auditFile(), `${auditFile()}.1`].map(modeOf))).toEqual([
        "600",
        "600",
      ]);
    },
  );
});
