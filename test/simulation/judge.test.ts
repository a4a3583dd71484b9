/** What the judge wants of answers whose chat has left the thread, and what it knows it by. */
import { beforeAll, expect, test } from "vitest";
import type { ChatAct } from "./chat.js";
import { judgeFinal, judgePicture } from "./judge-answers.js";
import { isSettled } from "./judge.js";
import type { Hearing } from "./ledger.js";
import type { Act } from "./plan.js";
import { loadPlugin, simulatedWorld, type Plugin } from "./run.js";
import { Scheduler } from "./scheduler.js";
import type { GatewayEnd } from "./world.js";

let plugin: Plugin;
beforeAll(async () => {
  plugin = await loadPlugin();
});

const threadId = "thread-1";
const turnId = "turn-1";
const ENDED = 13_000;

const POWER: GatewayEnd = { run: 1, at: ENDED + 1000, how: "power", left: [] };
const AS_IT_ENDED: Hearing = { threadId, at: ENDED, run: 1 };
const DETACHED: ChatAct = {
  what: "detach",
  at: ENDED + 25_000,
  endedAt: ENDED + 25_100,
  told: "This chat is detached from Codex.",
  run: 2,
};

type Case = { ends: GatewayEnd[]; hearings: Hearing[]; act: ChatAct };

/** The rules that a goal's answer and picture break which a chat was never shown. */
function accusedOf({ ends, hearings, act }: Case): string[] {
  const world = simulatedWorld(plugin, { seed: 1, chats: 1, plan: [], time: new Scheduler(1) });
  const { ledger } = world;
  const facts = { tags: ["c1/m1" as const], threadId, turnId, at: ENDED };
  ledger.begun.set(turnId, ENDED - 500);
  ledger.turnsOn.set(threadId, [turnId]);
  ledger.beginners.set(turnId, "goal");
  ledger.ends.set(turnId, { turnId, status: "completed", at: ENDED });
  ledger.answer({ ...facts, parts: 1, isNamed: true });
  ledger.picture(facts);
  ledger.hearings.push(...hearings);
  world.ends.push(...ends);
  world.chats[0]?.acts.push(act);
  const rules: string[] = [];
  for (const final of ledger.finals.values()) judgeFinal(world, final, (rule) => rules.push(rule));
  for (const picture of ledger.pictures.values()) {
    judgePicture(world, picture, (rule) => rules.push(rule));
  }
  return rules;
}

const EXCUSED: [string, Case][] = [
  [
    "the gateway that heard it lost its power, and no other had loaded the thread",
    { ends: [POWER], hearings: [AS_IT_ENDED], act: DETACHED },
  ],
  ["no gateway ever heard it", { ends: [], hearings: [], act: DETACHED }],
  [
    "the gateway that loaded the thread next was killed over that",
    {
      ends: [POWER, { run: 2, at: ENDED + 4000, how: "kill", left: [] }],
      hearings: [AS_IT_ENDED, { threadId, at: ENDED + 3000, run: 2 }],
      act: { ...DETACHED, run: 3 },
    },
  ],
  [
    "the next gateway loaded the thread only after the chat had left it",
    {
      ends: [POWER],
      hearings: [AS_IT_ENDED, { threadId, at: DETACHED.at + 1000, run: 2 }],
      act: DETACHED,
    },
  ],
  [
    "the next gateway had just loaded the thread",
    {
      ends: [POWER],
      hearings: [AS_IT_ENDED, { threadId, at: DETACHED.at - 10_000, run: 2 }],
      act: DETACHED,
    },
  ],
  [
    "the chat got another thread before any gateway had loaded this one again",
    {
      ends: [POWER],
      hearings: [AS_IT_ENDED],
      act: { ...DETACHED, what: "bind", told: "This chat is bound to a new Codex thread." },
    },
  ],
];

test.each(EXCUSED)("a goal's answer need not arrive after a detach: %s", (_, facts) => {
  expect(accusedOf(facts)).toEqual([]);
});

const REQUIRED: [string, Case][] = [
  [
    "the gateway that heard it lived on",
    { ends: [], hearings: [AS_IT_ENDED], act: { ...DETACHED, run: 1 } },
  ],
  [
    "the gateway that heard it ended long after",
    { ends: [{ ...POWER, at: ENDED + 10_000 }], hearings: [AS_IT_ENDED], act: DETACHED },
  ],
  [
    "the next gateway had loaded the thread in time",
    {
      ends: [POWER],
      hearings: [AS_IT_ENDED, { threadId, at: DETACHED.at - 16_000, run: 2 }],
      act: DETACHED,
    },
  ],
  [
    "the bind failed, so that the chat stayed on the thread",
    {
      ends: [POWER],
      hearings: [AS_IT_ENDED],
      act: { ...DETACHED, what: "bind", told: "Codex could not be bound: it is away." },
    },
  ],
];

test.each(REQUIRED)("a goal's answer must arrive although the chat left: %s", (_, facts) => {
  expect(accusedOf(facts)).toEqual(["each answer arrives", "each picture arrives"]);
});

test("the ledger notes which gateway heard a turn's end, and which one loaded the thread after a kill", async () => {
  const plan: Act[] = [
    { at: 0, do: "say", chat: 1, number: 1 },
    { at: 15_000, do: "kill" },
    { at: 18_000, do: "say", chat: 1, number: 2 },
  ];
  const world = simulatedWorld(plugin, { seed: 62, chats: 1, plan, time: new Scheduler(62) });
  await world.live(isSettled);
  const [first, second] = world.ledger.taken;
  const ended = world.ledger.ends.get(first?.turnId ?? "")?.at;
  const [killed] = world.ends;
  const own = world.ledger.hearings.filter((one) => one.threadId === first?.threadId);
  expect(own).toContainEqual({ threadId: first?.threadId, at: ended, run: 1 });
  // It loads the thread before it gives Codex the second message.
  const loaded = own.find(({ run }) => run === 2);
  expect(loaded?.at).toBeGreaterThan(killed?.at ?? Infinity);
  expect(loaded?.at).toBeLessThan(second?.at ?? 0);
});
