/** What is not ours takes no effect in a chat, whichever sentence it comes into. */
import { expect, test } from "vitest";
import { modelWords } from "../../src/words/model-words.js";
import { queueWords } from "../../src/words/queue-words.js";
import { statusText } from "../../src/words/status-words.js";
import { threadWords } from "../../src/words/thread-words.js";
import { workInWords } from "../../src/words/work-words.js";

const EVIL = "<!channel> @everyone **[x](https://evil.example)**\nsecond line";
const model = {
  name: EVIL,
  isDefault: true,
  hidden: false,
  efforts: [EVIL],
  defaultEffort: EVIL,
  tiers: [EVIL],
  hasPersonality: true,
};
const thread = { id: EVIL, title: EVIL, cwd: EVIL, usedAt: 0, place: "free" } as const;
const waiting = [{ number: 1, label: EVIL }];

test.each([
  ["models", modelWords.list([model], EVIL)],
  ["unknown model", modelWords.unknown(EVIL, [EVIL])],
  ["effort", modelWords.effortIs(EVIL, model)],
  ["unknown effort", modelWords.effortUnknown(EVIL, model)],
  ["effort set", modelWords.effortSet(EVIL)],
  ["effort reset", modelWords.effortReset(EVIL)],
  ["threads", threadWords.list([thread], { filter: EVIL, withIds: true, now: 0, more: true })],
  ["no threads", threadWords.none(EVIL)],
  ["button", threadWords.resumeLabel(thread, 1)],
  ["resume by command", threadWords.resumeByCommand(EVIL)],
  ["forked", threadWords.forked({ upTo: undefined, from: EVIL, cwd: EVIL })],
  ["renamed", threadWords.renamed(EVIL)],
  ["reviewing", threadWords.reviewing(EVIL, false)],
  ["queue", queueWords.waiting(waiting, { running: true, isHeld: false })],
  ["no such number", queueWords.noSuch(2, waiting)],
  [
    "work",
    workInWords({ commands: 2, lastCommand: EVIL, files: [`/${EVIL}`, EVIL], unfinished: EVIL }),
  ],
  ["dropped while steered", queueWords.dropped({ number: 1, label: EVIL, steering: true })],
  [
    "dropped too late",
    queueWords.dropped({ number: 1, label: EVIL, steering: false, mayHaveRun: true }),
  ],
  ["dropped", queueWords.dropped({ number: 1, label: EVIL, steering: false })],
  [
    "status",
    statusText({
      threadId: EVIL,
      cwd: EVIL,
      model: EVIL,
      modelProvider: EVIL,
      effort: EVIL,
      fast: "",
      permissions: "",
      context: { tokens: 1, window: 0 },
      running: true,
      runningMs: undefined,
      work: {
        step: { place: 1, of: 2, text: EVIL },
        inHand: { activity: { kind: "command", text: EVIL }, done: false },
        agents: [],
        outage: EVIL,
      },
      waiting: 1,
      goal: {
        objective: EVIL,
        status: "active",
        tokensUsed: 1,
        timeUsedSeconds: 1,
        createdAt: 0,
        turns: 1,
      },
      agents: [EVIL],
      openQuestions: [],
      codex: { version: EVIL, account: { kind: "chatgpt", plan: EVIL }, limits: [] },
      now: 0,
    }),
  ],
])("%s", (_name, sentence) => {
  expect(sentence).not.toMatch(/<!|@everyone|\*\*|\]\(|:\/\/|evil\.example|\nsecond/);
});
