// An app-server that plays what the real Codex does only with a real provider, or does not do at all. Speaks the protocol over
// stdio, and ends with its stdin. A turn does what its message names: a JSON array of notifications, each `[method, params]`, in
// which the thread and the turn are filled in. Beside those:
//   ["(hold)"]                          continues when it is steered or interrupted
//   ["(silent)", method]                does not answer the next such request
//   ["(ends in the answer)", items]     first of all: the turn is over with the answer to turn/start
//   ["(no end)"]                        last of all: the end of the turn is not told
import { createInterface } from "node:readline";

const THREAD = "played-thread";
let turns = 0;

const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const thread = ({ cwd }) => ({ thread: { id: THREAD }, cwd, model: "none" });

/** How the turn that runs continues. */
let carryOn = () => {};
/** Methods whose next request gets no answer. */
const silent = new Set();

async function play(turnId, steps) {
  const notify = (method, params) =>
    send({ method, params: { threadId: THREAD, turnId, ...params } });
  const tell = (status) => ({ turn: { id: turnId, status, items: [] } });
  notify("turn/started", tell("inProgress"));
  let status = "completed";
  for (const [method, params] of steps) {
    if (method === "(no end)") return;
    if (method === "(hold)") {
      const { promise, resolve } = Promise.withResolvers();
      carryOn = resolve;
      status = await promise;
      if (status === "interrupted") break;
    } else if (method === "(silent)") {
      silent.add(params);
    } else {
      notify(method, params);
    }
  }
  notify("turn/completed", tell(status));
}

const answers = {
  initialize: () => ({ userAgent: "played/0.171.0 (Linux; x86_64) played" }),
  "account/read": () => ({ account: null, requiresOpenaiAuth: false }),
  "thread/start": thread,
  "thread/resume": thread,
  "thread/turns/list": () => ({ data: [] }),
  "thread/goal/get": () => ({ goal: null }),
  "turn/start": ({ input }) => {
    const turnId = `played-turn-${(turns += 1)}`;
    const steps = JSON.parse(input.at(-1).text);
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
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  if (silent.delete(method)) return;
  send({ id, result: answers[method]?.(params) ?? {} });
});
