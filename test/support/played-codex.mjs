// An app-server that plays what the real Codex does only with a real provider, or does not do at all. Speaks the protocol over
// stdio, and ends with its stdin. A turn does what its message names: a JSON array of notifications, each `[method, params]`, in
// which the thread and the turn are filled in. Beside those:
//   ["(hold)"]                          continues when it is steered or interrupted
//   ["(silent)", method]                does not answer the next such request
//   ["(ends in the answer)", items]     first of all: the turn is over with the answer to turn/start
//   ["(asks)", [method, params]]        asks that, and says as its answer what it was answered
//   ["(no end)"]                        last of all: the end of the turn is not told
//   ["(fails)", error]                  last of all: the turn fails with that
//   ["(limit)", seconds]                the account's limit is used up, and resets after so long
// Words that are no such array are answered with themselves.
import { createInterface } from "node:readline";

const THREAD = "played-thread";
let turns = 0;

const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const thread = ({ cwd }) => ({ thread: { id: THREAD }, cwd, model: "none" });

/** What a turn does that was given these words. */
function stepsOf(words) {
  if (words.startsWith("[")) return JSON.parse(words);
  const item = {
    id: "heard",
    type: "agentMessage",
    text: `Heard: ${words}`,
    phase: "final_answer",
  };
  return [["item/completed", { item }]];
}

function limits() {
  const usedPercent = Date.now() < limitedUntil * 1000 ? 100 : 0;
  return { primary: { usedPercent, windowDurationMins: 300, resetsAt: limitedUntil } };
}

/** How the turn that runs continues. */
let carryOn = () => {};
/** Until when the account's limit is used up, in seconds since 1970; undefined if it has none. */
let limitedUntil;
/** Who waits for an answer to what was asked, by its id. */
const asking = new Map();
/** Methods whose next request gets no answer. */
const silent = new Set();

async function play(turnId, steps) {
  const notify = (method, params) =>
    send({ method, params: { threadId: THREAD, turnId, ...params } });
  const tell = (status, error = null) => ({ turn: { id: turnId, status, error, items: [] } });
  notify("turn/started", tell("inProgress"));
  let status = "completed";
  let error;
  for (const [method, params] of steps) {
    if (method === "(no end)") return;
    if (method === "(hold)") {
      const { promise, resolve } = Promise.withResolvers();
      carryOn = resolve;
      status = await promise;
      if (status === "interrupted") break;
    } else if (method === "(asks)") {
      const [asked, about] = params;
      const { promise, resolve } = Promise.withResolvers();
      const id = `asked-${turnId}`;
      asking.set(id, resolve);
      send({ id, method: asked, params: { threadId: THREAD, turnId, ...about } });
      const text = JSON.stringify(await promise);
      const item = { id: `${id}-answer`, type: "agentMessage", text, phase: "final_answer" };
      notify("item/completed", { item });
    } else if (method === "(silent)") {
      silent.add(params);
    } else if (method === "(limit)") {
      limitedUntil = Math.ceil(Date.now() / 1000) + params;
    } else if (method === "(fails)") {
      status = "failed";
      error = params;
    } else {
      notify(method, params);
    }
  }
  notify("turn/completed", tell(status, error));
}

const answers = {
  initialize: () => ({ userAgent: "played/0.171.0 (Linux; x86_64) played" }),
  "account/read": () => ({ account: null, requiresOpenaiAuth: false }),
  "account/rateLimits/read": () => ({ rateLimits: limitedUntil === undefined ? {} : limits() }),
  "thread/start": thread,
  "thread/resume": thread,
  "thread/turns/list": () => ({ data: [] }),
  "thread/goal/get": () => ({ goal: null }),
  "turn/start": ({ input }) => {
    const turnId = `played-turn-${(turns += 1)}`;
    const steps = stepsOf(input.at(-1).text);
    const [[first, items]] = steps;
    if (first === "(ends in the answer)") {
      return { turn: { id: turnId, status: "completed", items } };
    }
    setImmediate(() => void play(turnId, steps));
    return { turn: { id: turnId, status: "inProgress", items: [] } };
  },
  "turn/steer": ({ expectedTurnId }) => {
    carryOn("completed");
    return { turnId: expectedTurnId };
  },
  "turn/interrupt": () => {
    carryOn("interrupted");
    return {};
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result } = JSON.parse(line);
  if (method === undefined) asking.get(id)?.(result);
  if (id === undefined || method === undefined) return;
  if (silent.delete(method)) return;
  send({ id, result: answers[method]?.(params) ?? {} });
});
