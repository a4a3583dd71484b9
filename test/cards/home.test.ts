/** Cards as they are drawn: text and buttons, from facts alone. */
import { describe, expect, test } from "vitest";
import { pageOf, type Card } from "../../src/cards/card.js";
import { goalCard, homeCard, queueCard, steerCard } from "../../src/cards/home.js";
import {
  commandsCard,
  foldersCard,
  permissionsCard,
  threadsCard,
} from "../../src/cards/pickers.js";
import type { ChatFacts } from "../../src/commands/chat-facts.js";

const NOW = Date.UTC(2026, 10, 27, 15, 10);

const IDLE: ChatFacts = {
  threadId: "t1",
  title: "Mend the login page",
  cwd: "/srv/app",
  model: "gpt-x",
  effort: "high",
  mode: "ask",
  permissions: "",
  fast: "",
  isFast: false,
  isHeld: false,
  context: { tokens: 60_000, window: 250_000 },
  running: false,
  runningMs: undefined,
  work: undefined,
  waiting: 0,
  goal: undefined,
  agents: [],
  openQuestions: [],
  turnId: undefined,
  isAtWork: false,
  codex: {
    version: "0.171.0",
    account: undefined,
    limits: [
      { usedPercent: 40.4, windowMinutes: 300, resetsAt: Date.UTC(2026, 10, 27, 16, 30) },
      { usedPercent: 12, windowMinutes: 10_080, resetsAt: undefined },
    ],
  },
  now: NOW,
};
const WORKING = {
  ...IDLE,
  running: true,
  isAtWork: true,
  turnId: "turn-1",
  runningMs: 8 * 60_000,
  waiting: 2,
};

const labels = ({ rows }: Card): string[][] => rows.map((row) => row.map(({ label }) => label));

/** What its buttons would run. */
const commandsOf = ({ rows }: Card): string[][] =>
  rows
    .flat()
    .flatMap(({ action }) => (action.kind === "run" ? [[action.command, ...action.args]] : []));

describe("the home card", () => {
  test("tells thread, folder, model, permissions, context and limits, each on a line", () => {
    expect(homeCard(IDLE).text.split("\n")).toEqual([
      "Mend the login page",
      "Folder: /srv/app",
      "Model: gpt-x, effort high",
      "Permissions: ask",
      "Context: 24 % used (60k of 250k tokens)",
      "Limits: 5 h 40 % (resets 16:30 UTC) · week 12 %",
      "Nothing is running.",
    ]);
  });

  test("reads the same while nothing changes, however long a turn runs", () => {
    const later = { ...WORKING, now: NOW + 60_000, runningMs: WORKING.runningMs + 60_000 };
    expect(homeCard(WORKING).text).toContain("▶ Working since 15:02 UTC, 2 waiting");
    expect(homeCard(later)).toEqual(homeCard(WORKING));
  });

  test("has the buttons that fit", () => {
    const always = [
      ["New thread", "Threads"],
      ["Model", "Permissions"],
      ["Diff", "Files", "More…"],
    ];
    expect(labels(homeCard(IDLE))).toEqual(always);
    expect(labels(homeCard(WORKING))).toEqual([["Stop", "Steer", "Queue (2)"], ...always]);
    expect(labels(homeCard({ ...IDLE, isAtWork: true }))).toEqual([["Stop"], ...always]);
  });

  test("shows a title of somebody else's as plain words", () => {
    const { text } = homeCard({ ...IDLE, title: "**now** @everyone [here](http://x.example)" });
    expect(text).not.toMatch(/\*\*|@e|\[here\]/);
  });
});

describe("the goal card", () => {
  const goal = {
    objective: "All green",
    tokensUsed: 1,
    timeUsedSeconds: 1,
    createdAt: 0,
    turns: 2,
  };

  test.each([
    ["active", "Pause"],
    ["paused", "Resume"],
    ["blocked", "Resume"],
  ] as const)("of a goal that is %s offers to %s it", (status, label) => {
    const card = goalCard({ ...IDLE, goal: { ...goal, status } });
    expect(labels(card)).toEqual([[label, "Clear"], ["‹ Back"]]);
  });
});

test("the steer card of a turn that has ended offers nothing but the way back", () => {
  expect(labels(steerCard(IDLE))).toEqual([["‹ Back"]]);
});

test("the queue card names a message by its number, and offers to drop it", () => {
  const waiting = [1, 2, 3, 4, 5, 6].map((number) => ({
    number: number + 6,
    label: `m${number}`,
    id: `id-${number}`,
  }));
  const card = queueCard(WORKING, waiting, 1);
  expect(card.text).toBe("Waiting, next one first:\n12. m6");
  expect(labels(card)).toEqual([
    ["Drop 12"],
    ["Send the next one to the running turn"],
    ["Hold"],
    ["‹ Previous"],
    ["‹ Back"],
  ]);
});

describe("a picker", () => {
  test("of running commands has a button for each, over several pages", () => {
    const commands = Array.from({ length: 8 }, (_, index) => ({
      processId: `p${index}`,
      text: `npm run step${index}`,
      startedAt: undefined,
    }));
    const card = commandsCard(commands, { page: 1, shown: { threadId: "a" }, now: NOW });
    expect(card.text).toBe(
      "Commands that run:\n• p6: npm run step6\n• p7: npm run step7\nPage 2 of 2",
    );
    expect(labels(card)).toEqual([
      ["End: npm run step6"],
      ["End: npm run step7"],
      ["End all"],
      ["‹ Previous"],
      ["Refresh", "‹ Back"],
    ]);
  });

  test("of threads has a button for those that this chat can continue", () => {
    const thread = (id: string, place: "free" | "here" | "elsewhere") => ({
      id,
      place,
      title: `Work ${id}`,
      cwd: "/srv/app",
      usedAt: NOW - 3_600_000,
    });
    const threads = [thread("a", "here"), thread("b", "free"), thread("c", "elsewhere")];
    const card = threadsCard(threads, { page: 0, shown: { threadId: "a" }, now: NOW });
    expect(labels(card)).toEqual([["2. Work b"], ["‹ Back"]]);
    expect(card.text).toContain("1. Work a\n/srv/app, 1 h ago, this chat");
  });

  test("of folders binds a chat without a thread, and starts a new one in another", () => {
    const folders = [{ name: "app", path: "/srv/app" }];
    const shown = { page: 0, same: undefined };
    expect(commandsOf(foldersCard(folders, { ...shown, shown: { threadId: undefined } }))).toEqual([
      ["bind", "--cwd", "/srv/app"],
    ]);
    const of = { page: 0, shown: { threadId: "t1" }, same: "/srv/web" };
    expect(commandsOf(foldersCard(folders, of))).toEqual([["new"], ["new", "--cwd", "/srv/app"]]);
  });

  test("of permissions offers what the operator allows", () => {
    const card = permissionsCard(["ask", "guardian"], {
      shown: { threadId: "t1" },
      current: "guardian",
    });
    expect(labels(card)).toEqual([["ask", "✓ guardian"], ["‹ Back"]]);
    expect(card.text).not.toContain("yolo");
  });
});

test.each([
  [0, { items: [1, 2], page: 0, pages: 3 }],
  [2, { items: [5], page: 2, pages: 3 }],
  [7, { items: [5], page: 2, pages: 3 }],
  [-1, { items: [1, 2], page: 0, pages: 3 }],
])("page %i of five items by two is the nearest that there is", (page, expected) => {
  expect(pageOf([1, 2, 3, 4, 5], page, 2)).toEqual(expected);
});
