// An app-server that plays what the real Codex does only with a real provider. Speaks the protocol over stdio, and ends with
// its stdin. A turn does what its message names: a JSON array of notifications, each `[method, params]`, in which the
// thread and the turn are filled in.
import { createInterface } from "node:readline";

const THREAD = "played-thread";
let turns = 0;

const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const thread = ({ cwd }) => ({ thread: { id: THREAD }, cwd, model: "none" });

function play(turnId, text) {
  const notify = (method, params) =>
    send({ method, params: { threadId: THREAD, turnId, ...params } });
  const turn = (status) => ({ turn: { id: turnId, status, items: [] } });
  notify("turn/started", turn("inProgress"));
  for (const [method, params] of JSON.parse(text)) notify(method, params);
  notify("turn/completed", turn("completed"));
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
    setImmediate(() => play(turnId, input.at(-1).text));
    return { turn: { id: turnId, status: "inProgress", items: [] } };
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  send({ id, result: answers[method]?.(params) ?? {} });
});
