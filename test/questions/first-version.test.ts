/** Questions that turns of version 0.1.0 ask, answered after an update while the gateway runs. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  asQuestion,
  clickFirstVersion,
  firstVersionQuestion,
  showFirstVersion,
  typeFirstVersion,
} from "../../src/questions/first-version.js";
import { boundCommands } from "../support/conversation/commands.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const ID = "1a2b3c4d";
const KEY = Symbol.for("openclaw-codex-conversation.questions");
const ONCE = { id: "once", label: "Allow once", outcome: "Allowed once.", result: "accept" };
const DENY = { id: "deny", label: "Deny", outcome: "Denied.", result: "decline" };

/** Version 0.1.0's board with one question. */
function asked(sessionFile = "/state/chat", more: Record<string, unknown> = {}) {
  const ends: unknown[] = [];
  const shown: string[] = [];
  const open = new Map<string, unknown>();
  const question = {
    kind: "approval",
    title: "Codex wants to run a command:",
    details: ["rm -r\nbuild"],
    choices: [ONCE],
    refusal: DENY,
  };
  open.set(ID, {
    id: ID,
    sessionFile,
    question,
    operatorDecides: false,
    showAll: async () => void shown.push("all"),
    settle: (end: unknown) => {
      open.delete(ID);
      ends.push(end);
    },
    ...more,
  });
  Reflect.set(globalThis, KEY, { open, settled: new Map() });
  onTestFinished(() => void Reflect.deleteProperty(globalThis, KEY));
  return { ends, shown, question };
}

describe("a click", () => {
  test("decides it, in the form that version 0.1.0 waits for, once", () => {
    const { ends } = asked();
    expect(clickFirstVersion(ID, "once")).toMatchObject({ kind: "taken" });
    expect(ends).toEqual([{ by: "choice", choice: ONCE, source: "click" }]);
    expect(clickFirstVersion(ID, "once")).toEqual({ kind: "not open" });
  });

  test("says no in the owners' place, but not yes", () => {
    const { ends } = asked(undefined, { operatorDecides: true });
    expect(clickFirstVersion(ID, "once")).toEqual({ kind: "operator decides" });
    expect(clickFirstVersion(ID, "deny")).toMatchObject({ kind: "taken" });
    expect(ends).toMatchObject([{ choice: DENY }]);
  });

  test("that names no choice of it, or another question, changes nothing", async () => {
    const { ends } = asked();
    const choices = ["Allow once", "Deny"];
    expect(clickFirstVersion(ID, "always")).toEqual({ kind: "no such choice", choices });
    expect(clickFirstVersion("00000000", "once")).toEqual({ kind: "not open" });
    expect(await showFirstVersion("00000000")).toBe(false);
    expect(ends).toEqual([]);
  });

  test("shows the whole of it", async () => {
    const { shown } = asked();
    expect(await showFirstVersion(ID)).toBe(true);
    expect(shown).toEqual(["all"]);
  });
});

test("without version 0.1.0 in the process, and with something else in its place, none is open", () => {
  expect(clickFirstVersion(ID, "once")).toEqual({ kind: "not open" });
  Reflect.set(globalThis, KEY, { open: new Map([[ID, "no question"]]), settled: new Map() });
  onTestFinished(() => void Reflect.deleteProperty(globalThis, KEY));
  expect(firstVersionQuestion("/state/chat", ID)).toBeUndefined();
});

test("OpenClaw's owners are shown what it grants", () => {
  const { question } = asked();
  expect(asQuestion(question)).toMatchObject({ kind: "approval", grant: ["rm -r\n│ build"] });
});

test("an answer in words is read as version 0.1.0 reads it", () => {
  const typed = { id: "typed", label: "x", outcome: "x", result: { text: "blue" } };
  const { ends, question } = asked();
  const readTyped = (text: string): unknown => (text === "" ? "Say a colour." : typed);
  asked(undefined, {
    question: { ...question, readTyped },
    settle: (end: unknown) => void ends.push(end),
  });
  const open = firstVersionQuestion("/state/chat", ID);
  if (!open) throw new Error("it is not open");
  expect(typeFirstVersion(open, { text: "" })).toEqual({
    kind: "not understood",
    reason: "Say a colour.",
  });
  expect(typeFirstVersion(open, { text: "blue" })).toMatchObject({ kind: "taken" });
  expect(ends).toEqual([{ by: "choice", choice: typed, source: "command" }]);
});

describe("by typing", () => {
  test.each([`approve ${ID}`, "approve"])("%s allows it", async (typed) => {
    const { chat, say } = await boundCommands();
    const { ends } = asked(chat.sessionFile);
    expect(await say(typed)).toMatch(/Allowed once/);
    expect(ends).toMatchObject([{ choice: ONCE, source: "command" }]);
  });

  test("deny refuses it, and show shows it", async () => {
    const { chat, say } = await boundCommands();
    const { ends } = asked(chat.sessionFile);
    expect(await say("show")).toContain("rm -r");
    expect(await say("deny")).toMatch(/Denied/);
    expect(ends).toMatchObject([{ choice: DENY }]);
  });

  test("one of another chat is not answered", async () => {
    const { say } = await boundCommands();
    const { ends } = asked("/state/other");
    await say("approve");
    await say(`approve ${ID}`);
    expect(ends).toEqual([]);
  });
});
