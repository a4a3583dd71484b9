/** The plugin's pages in OpenClaw's Control UI: that they tell what runs in the chats, as it happens. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { auditPageWords } from "../../src/words/audit-page-words.js";
import { healthPageWords } from "../../src/words/health-page-words.js";
import { pageWords } from "../../src/words/page-words.js";
import { threadPageWords as words } from "../../src/words/thread-page-words.js";
import { Stage } from "../e2e/stage.js";
import { says } from "../support/responses-api.js";
import { asObject, parseJson } from "../support/wire-guards.js";
import { paleTexts } from "./contrast.js";
import { ControlUi } from "./control-ui.js";

const CHAT = 7001;
const OTHER = 7002;
const STRAY = "telegram-stray";
const HOSTILE = `<img src=x onerror="document.title='broken'"> <b>bold</b>`;

let stage: Stage;
let ui: ControlUi;

beforeAll(async () => {
  stage = await Stage.open([CHAT, OTHER], [], { withPages: true });
  await stage.bind(CHAT);
  await stage.bind(OTHER);
  const conversations = join(stage.chain.gateway.stateFolder, "codex-conversation/conversations");
  const binding = { schemaVersion: 1, threadId: "01999999-9999-7999-8999-999999999999", cwd: "/" };
  await writeFile(
    join(conversations, `${STRAY}.codex-app-server.json`),
    JSON.stringify({ ...binding, hasRun: true }),
    { mode: 0o600 },
  );
  ui = await ControlUi.open(stage.chain.gateway);
  await ui.visit("/");
  await ui.page.getByRole("link", { name: pageWords.title, exact: true }).first().click();
  await ui.page.getByRole("heading", { name: pageWords.title, level: 1 }).waitFor();
});

afterAll(async () => {
  await ui?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const list = (): Locator => ui.page.getByRole("list", { name: pageWords.title });
const allow = ({ page }: ControlUi): Locator => page.getByRole("button", { name: "Allow once" });
const row = (chat: number): Locator =>
  list()
    .getByRole("listitem")
    .filter({ hasText: `Telegram · ${chat}` });

test("the page lists the chats, and tells as it happens what runs and who waits for an answer", async () => {
  onTestFailed(() => ui.keep("failed-chats"));
  await row(CHAT).getByText("Idle").waitFor();

  const gate = stage.holdTurnsAsked("count the files");
  const counted = stage.say(CHAT, "count the files");
  stage.playWhenAsked("leave a mark", [
    { do: "shell", command: "touch mark", justification: "To leave a mark" },
    says("The mark is there."),
  ]);
  const marked = stage.say(OTHER, "leave a mark");
  await row(CHAT)
    .getByText(/^Running for/)
    .waitFor();
  await row(CHAT).getByRole("heading", { name: "count the files" }).waitFor();
  await row(OTHER).getByText("1 question").waitFor();
  await row(OTHER).getByText("Codex waits for an answer in the chat.").waitFor();
  await ui.keepEachWay("chats");
  expect(await list().getByRole("heading").allInnerTexts()).toEqual([
    // What needs somebody is first, then what is at work.
    "leave a mark",
    pageWords.noTitle,
    "count the files",
  ]);

  stage.press(await stage.questionAfter(marked), "Allow once");
  await stage.replyTo(marked, /^The mark is there/);
  await row(OTHER).getByText("Idle").waitFor();
  gate.open();
  await stage.replyTo(counted, /^Codex heard: count the files/);
  await row(CHAT).getByText("Idle").waitFor();
});

test("a thread that is kept for no chat stands out, with what to do about it", async () => {
  const stray = list().locator(`[data-session="${STRAY}"]`);
  await stray.waitFor();
  expect((await stray.innerText()).split("\n")).toEqual(
    expect.arrayContaining([
      "Not bound any more",
      expect.stringContaining("Send /codexchat bind in the chat to continue the thread."),
    ]),
  );
});

test("what a chat has said is shown as it was said, and is no part of the page", async () => {
  onTestFailed(() => ui.keep("failed-hostile"));
  await stage.command(CHAT, "new", /^This chat is bound to a new Codex thread\./);
  await stage.replyTo(stage.say(CHAT, HOSTILE), /^Codex heard/);
  await row(CHAT).getByRole("heading", { name: HOSTILE }).waitFor();
  expect(await ui.page.locator(".codexchat-page :is(img, b, script, iframe)").count()).toBe(0);
  expect(await ui.page.title()).not.toBe("broken");
});

test("a thread's page shows what runs, and what is written and allowed there is the chat's", async () => {
  onTestFailed(() => ui.keep("failed-thread"));
  const output = "<script>document.title='broken'</script>";
  stage.playWhenAsked("paint the shed", [
    { do: "shell", command: `echo "${output}"` },
    { do: "shell", command: "touch shed", justification: "To paint it" },
    says("The shed is red."),
  ]);
  await row(CHAT).getByRole("link").click();
  const log = ui.page.getByRole("log", { name: words.transcript });
  await log.getByText(HOSTILE, { exact: true }).first().waitFor();

  const other = await ui.anotherWindow();
  await other.page.goto(ui.page.url());
  const otherLog = other.page.getByRole("log", { name: words.transcript });
  await otherLog.getByText(HOSTILE, { exact: true }).first().waitFor();

  const box = ui.page.getByRole("textbox", { name: words.messageBox });
  const before = stage.say(CHAT, "count the sheds");
  await stage.replyTo(before, /^Codex heard: count the sheds/);
  await box.fill("paint the shed");
  await box.press("Enter");
  await stage.replyTo(before, /^🖥️ From the desk:\npaint the shed$/);
  await stage.questionAfter(before);
  await allow(ui).waitFor();
  await allow(other).waitFor();
  await log.getByText("Output, 1 line").first().click();
  await log.getByText(output, { exact: true }).waitFor();
  await ui.keepEachWay("thread");
  for (const colorScheme of ["light", "dark"] as const) {
    // oxlint-disable-next-line no-await-in-loop -- It is one window.
    await ui.page.emulateMedia({ colorScheme });
    // oxlint-disable-next-line no-await-in-loop
    expect(await paleTexts(ui.page.locator(".codexchat-page"))).toEqual([]);
  }
  await allow(other).click();
  await stage.replyTo(before, /^The shed is red\./);
  await log.getByText("The shed is red.").waitFor();
  await otherLog.getByText("The shed is red.").waitFor();
  await allow(ui).waitFor({ state: "detached" });
  expect(await ui.page.title()).not.toBe("broken");
  expect(await ui.page.locator(".codexchat-page :is(img, b, script, iframe)").count()).toBe(0);

  const written = await readFile(
    join(stage.chain.gateway.stateFolder, "codex-conversation/audit.jsonl"),
    "utf8",
  );
  const lines = written
    .trim()
    .split("\n")
    .map((line) => asObject(parseJson(line)));
  expect(lines.filter(({ event }) => event === "desk")).toEqual([
    expect.objectContaining({ by: "operator", outcome: "message", text: "paint the shed" }),
    expect.objectContaining({ by: "operator", outcome: "approve" }),
  ]);
});

test("a turn is stopped from its thread's page, and a waiting message is dropped there", async () => {
  onTestFailed(() => ui.keep("failed-stop"));
  stage.holdTurnsAsked("count the clouds");
  const held = stage.say(CHAT, "count the clouds");
  const log = ui.page.getByRole("log", { name: words.transcript });
  await log.getByText("count the clouds", { exact: true }).waitFor();
  stage.say(CHAT, "count the stars");
  const waiting = ui.page.getByRole("list", { name: words.waiting });
  await waiting.getByText("count the stars").waitFor();
  // The line can be held and released while a turn runs.
  await ui.page.getByRole("button", { name: words.hold, exact: true }).click();
  await ui.page.getByRole("button", { name: words.release, exact: true }).click();
  await ui.page.getByRole("button", { name: words.hold, exact: true }).waitFor();
  await waiting.getByRole("button", { name: /^Drop message \d+$/ }).click();
  await waiting.waitFor({ state: "hidden" });
  await ui.page.getByRole("button", { name: words.stop, exact: true }).click();
  await stage.replyTo(held, /^Codex was stopped/);
  await ui.page.getByRole("status").getByText("Idle").waitFor();
  await ui.page.getByRole("link", { name: words.back }).click();
  await row(CHAT).getByText("Idle").waitFor();
  expect(await list().getByRole("listitem").count()).toBe(3);
});

test("who did what is in the audit log's page, and what is wrong with what to run in another", async () => {
  onTestFailed(() => ui.keep("failed-audit"));
  await ui.page.getByRole("link", { name: auditPageWords.title, exact: true }).click();
  const log = ui.page.getByRole("list", { name: auditPageWords.title });
  await log.getByText("paint the shed").waitFor();
  await ui.page.getByRole("searchbox", { name: auditPageWords.search }).fill("desk message");
  expect(await log.getByRole("listitem").count()).toBe(1);
  await ui.keepEachWay("audit");
  expect(await paleTexts(ui.page.locator(".codexchat-page"))).toEqual([]);
  await ui.page.getByRole("link", { name: words.back }).click();

  await ui.page.getByRole("link", { name: healthPageWords.title, exact: true }).click();
  const findings = ui.page.getByRole("list", { name: healthPageWords.title });
  await findings
    .getByRole("listitem")
    .filter({ hasText: STRAY })
    .getByText("To do")
    .first()
    .waitFor();
  await ui.keepEachWay("health");
  expect(await paleTexts(ui.page.locator(".codexchat-page"))).toEqual([]);
  await ui.page.getByRole("link", { name: words.back }).click();
  await row(CHAT).waitFor();
});

test("it can be used with the keyboard alone, and its texts stand out", async () => {
  onTestFailed(() => ui.keep("failed-keyboard"));
  const search = ui.page.getByRole("searchbox", { name: pageWords.search });
  await search.focus();
  await ui.page.keyboard.type(String(OTHER));
  await ui.page.getByRole("status").getByText("1 of 3 chats").waitFor();
  expect(await list().getByRole("listitem").count()).toBe(1);
  await ui.page.keyboard.press("Control+A");
  await ui.page.keyboard.type("no such chat");
  await ui.shows(pageWords.noMatch);
  await ui.page.keyboard.press("Control+A");
  await ui.page.keyboard.press("Delete");
  await row(CHAT).waitFor();

  for (const colorScheme of ["light", "dark"] as const) {
    // oxlint-disable-next-line no-await-in-loop -- It is one window.
    await ui.page.emulateMedia({ colorScheme });
    // oxlint-disable-next-line no-await-in-loop
    expect(await paleTexts(ui.page.locator(".codexchat-page"))).toEqual([]);
  }
});

test("a chat is detached from its thread's page, which says so", async () => {
  onTestFailed(() => ui.keep("failed-detach"));
  await row(OTHER).getByRole("link").click();
  await ui.page.getByRole("button", { name: words.detach, exact: true }).click();
  const sure = ui.page.getByRole("button", { name: words.detachYes, exact: true });
  await sure.click();
  await ui.page
    .getByRole("status")
    .getByText("The chat is detached from Codex. You can continue the thread later.")
    .waitFor();
  expect(await sure.isVisible()).toBe(false);
});
