/** What a chat hears of a Codex in trouble, and that it works again once that is over, on one gateway that runs all the time. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeCodexHome } from "../support/codex-home.js";
import { says } from "../support/responses-api.js";
import { answerTo, botSays, boundLines, plain, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 120_000;

const SIGNED = 7401;
const DAMAGED = 7402;
const LIMITED = 7403;
const WRAPPED = 7404;

/** Lines of config.toml by which a key is needed. */
const NEEDS_KEY = ["requires_openai_auth = true"];

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([SIGNED, DAMAGED, LIMITED, WRAPPED], [], { codexConfig: NEEDS_KEY });
  await signIn("first-key");
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

/** What `codex login` leaves in another process. */
async function signIn(key: string): Promise<void> {
  const login = JSON.stringify({ auth_mode: "apikey", OPENAI_API_KEY: key });
  await writeFile(join(stage.chain.codexHome, "auth.json"), login, { mode: 0o600 });
}

const configure = (more: readonly string[]): Promise<void> =>
  writeCodexHome(stage.chain.codexHome, stage.chain.model.baseUrl, more);

test(
  "a command that is asked for is shown as the model wrote it, without the shell around it",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const command = `printf '%s\\n' "it's $(id -un)" | tee ../wrapped.txt; rm -rf 'a b'/*`;
    stage.playWhenAsked("wrap it", [
      { do: "shell", command, justification: "To wrap it" },
      says("Wrapped."),
    ]);
    await stage.bind(WRAPPED);
    const said = stage.say(WRAPPED, "wrap it");
    const question = await stage.questionAfter(said);
    expect(question.text.split("\n")).toContain(command);
    stage.chain.telegram.person.click(question, "Deny");
    await stage.replyTo(said, "Wrapped.");
    stage.readChat(WRAPPED);
  },
);

test(
  "a usage limit that is reached in the middle of a turn is told with what had been said and done",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    stage.playWhenAsked("sort the mail", [
      says("I have looked at the first half.", "commentary"),
      { do: "shell", command: "echo sorted > sorted.txt" },
      {
        do: "fail",
        status: 429,
        type: "usage_limit_reached",
        resetsAt: Math.floor(Date.now() / 1000) + 7200,
      },
    ]);
    await stage.bind(LIMITED);
    const said = stage.say(LIMITED, "sort the mail");
    await stage.replyTo(said, /usage limit/);
    await stage.talk(LIMITED, "and now");
    const heard = stage.readChat(LIMITED).slice(boundLines().length);
    expect(heard.map(plain)).toEqual([
      "person: sort the mail",
      botSays(
        /^Codex app-server turn failed: the usage limit of the Codex account is reached\. Try again at .+\n\nDone so far: 1 command \(echo sorted › sorted\.txt\)\.\n\nIt had said:\n\nI have looked at the first half\.$/,
      ),
      "person: and now",
      `bot: ${answerTo("and now")}`,
    ]);
  },
);

test(
  "a chat whose key was withdrawn answers again after the next sign-in, without a start of the gateway",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    stage.chain.model.key = "first-key";
    await stage.bind(SIGNED);
    await stage.talk(SIGNED, "good day");
    await stage.bind(DAMAGED);
    await stage.talk(DAMAGED, "remember me");
    stage.chain.model.key = "second-key";
    for (const text of ["who am I", "and now"]) {
      // oxlint-disable-next-line no-await-in-loop
      await stage.replyTo(stage.say(SIGNED, text), /Codex is not signed in any more\./);
    }
    await signIn("second-key");
    await stage.talk(SIGNED, "it is me");
    expect(stage.requestsWith("it is me")).toHaveLength(1);
  },
);

test(
  "a configuration that Codex cannot read is named, in the answer and in the status, until it is right",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    // Its process ends with the sign-in, and the next one reads what is there then.
    stage.chain.model.key = "third-key";
    await stage.replyTo(stage.say(SIGNED, "once more"), /Codex is not signed in any more\./);
    await rm(join(stage.chain.codexHome, "auth.json"));
    await configure([...NEEDS_KEY, 'name = "again"']);
    const problem =
      /Codex cannot read its configuration and works without it: .*config\.toml:10:1: duplicate key\./;
    const told = await stage.replyTo(stage.say(SIGNED, "read it"), /turn failed/);
    expect(plain(told.text)).toMatch(problem);
    const status = await stage.replyTo(stage.say(SIGNED, "/codexchat status"), /^Codex thread/);
    expect(plain(status.text)).toMatch(problem);
    await configure(NEEDS_KEY);
    await signIn("third-key");
    await stage.talk(SIGNED, "read it again");
    stage.readChat(SIGNED);
  },
);

test(
  "a thread whose file is damaged is told in few words, with what to do",
  { timeout: STEP_TIMEOUT_MS },
  async () => {
    const sessions = join(stage.chain.codexHome, "sessions");
    const threadId = stage.requestsWith("remember me")[0]?.threadId ?? "";
    const names = await readdir(sessions, { recursive: true });
    const file = join(sessions, names.find((name) => name.includes(threadId)) ?? "");
    const [, ...rest] = (await readFile(file, "utf8")).split("\n");
    await writeFile(file, ['{"half":', ...rest].join("\n"));
    await stage.replyTo(
      stage.say(DAMAGED, "do you remember"),
      "Codex app-server turn failed: Codex cannot read this thread any more. /codexchat new starts a new one",
    );
    const next = stage.say(DAMAGED, "/codexchat new");
    await stage.replyTo(next, /^This chat is bound to a new Codex thread\./);
    await stage.talk(DAMAGED, "a fresh beginning");
    expect(stage.requestsWith("a fresh beginning").at(-1)?.history).toEqual(["a fresh beginning"]);
    stage.readChat(DAMAGED);
  },
);
