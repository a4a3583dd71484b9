/**
 * A Codex app-server that speaks the protocol of 0.169 over stdio and misbehaves by the seed. Environment: CHAOS_SEED,
 * CHAOS_HOME, a folder that outlives it. It ends with its stdin, as Codex does.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requestFaultOf } from "../faults.js";
import { Seeded } from "../seeded.js";
import { LineDecoder } from "../../../src/app-server/line-decoder.js";
import {
  asNumber,
  asObject,
  asString,
  parseJson,
  type JsonObject,
} from "../../support/wire-guards.js";
import { FakeLog } from "./log.js";
import { Questions } from "./questions.js";
import { Rollouts } from "./rollouts.js";
import { ANSWERED, NEVER, Refusal, Threads } from "./threads.js";
import { Wire, type Id } from "./wire.js";

const seed = Number(process.env["CHAOS_SEED"]);
const home = process.env["CHAOS_HOME"] ?? "";
const ordinal = takeOrdinal();
const log = new FakeLog(home);
const random = new Seeded(seed, "process", ordinal);
const wire = new Wire(new Seeded(seed, "wire", ordinal), (what) =>
  log.note({ event: "fault", what }),
);
const questions = new Questions(wire, (what) => log.note({ event: "unanswered request", what }));
let hung = false;
let ids = 0;

const threads = new Threads({
  seed,
  wire,
  log,
  questions,
  rollouts: new Rollouts(home),
  hang() {
    hung = true;
    wire.fallSilent();
  },
  crash,
  newId: (prefix) => `${prefix}-${ordinal}-${(ids += 1)}`,
});

log.note({ event: "born" });
process.stderr.write(`fake app-server ${ordinal}\n`);
if (random.chance(0.02)) {
  log.note({ event: "fault", what: "crash at the start" });
  crash();
}
if (random.chance(0.01)) {
  log.note({ event: "fault", what: "hang at the start" });
  hung = true;
}

const lines = new LineDecoder(64 * 1024 * 1024, take, () => {});
process.stdin.on("data", (chunk: Buffer) => lines.push(chunk));
process.stdin.on("error", () => {});
process.stdin.on("close", () => void leave());
process.on("SIGTERM", () => process.exit(0));

function take(line: string): void {
  const message = asObject(parseJson(line));
  const { id, method } = message;
  if (!isId(id)) return;
  if (typeof method !== "string") {
    questions.answered(id, message["result"] ?? message["error"]);
    return;
  }
  if (!hung) void serve(id, method, asObject(message["params"]));
}

async function serve(id: Id, method: string, params: JsonObject): Promise<void> {
  // A turn's own fate says what becomes of its start; the handshake has its own, above.
  const fault =
    method === "turn/start" || method === "initialize" ? "none" : requestFaultOf(random);
  if (fault !== "none") log.note({ event: "fault", what: `${method}: ${fault}` });
  if (fault === "unanswered") return;
  if (fault === "late") await sleep(random.int(20, 300));
  try {
    if (fault === "overloaded") throw new Refusal("Server overloaded; retry later.", -32001);
    if (fault === "refused") throw new Refusal("something broke inside", -32603);
    const result = answerOf(id, method, params);
    if (result === ANSWERED || result === NEVER) return;
    wire.answer(id, { result });
    if (fault === "answered twice") wire.answer(id, { result });
  } catch (error) {
    const code = error instanceof Refusal ? error.code : -32603;
    const message = error instanceof Error ? error.message : String(error);
    wire.answer(id, { error: { code, message } });
  }
}

function answerOf(id: Id, method: string, params: JsonObject): unknown {
  switch (method) {
    case "initialize":
      return { userAgent: "chaos/0.169.0 (Debian 12.0.0; x86_64) chaos" };
    case "account/read":
      return { account: { type: "apiKey" }, requiresOpenaiAuth: true };
    case "thread/start":
      return threads.start(params);
    case "thread/resume":
      return threads.resume(params);
    case "thread/unsubscribe":
      return threads.unsubscribe(params);
    case "thread/read":
      return { thread: { id: params["threadId"], turns: threads.turns(params) } };
    case "thread/turns/list": {
      const limit = asNumber(params["limit"]) ?? 20;
      const data = threads.turns(params).toReversed().slice(0, limit);
      return { data, nextCursor: null, backwardsCursor: null };
    }
    case "turn/start":
      return threads.startTurn(id, params);
    case "turn/steer":
      return threads.steer(params);
    case "turn/interrupt":
      return threads.interrupt(params);
    default:
      throw new Refusal(`Invalid request: unknown variant \`${asString(method)}\``);
  }
}

/** Codex needs 40 ms to end; this one may need longer than it is given. */
async function leave(): Promise<void> {
  hung = true;
  wire.fallSilent();
  await sleep(random.chance(0.03) ? random.int(500, 2500) : random.int(0, 40));
  log.note({ event: "gone" });
  process.exit(0);
}

function crash(): never {
  process.exit(random.pick([1, 101, 139]));
}

/** How many of these were started before on the same home. */
function takeOrdinal(): number {
  const folder = path.join(home, "born");
  mkdirSync(folder, { recursive: true });
  for (let number = readdirSync(folder).length; ; number += 1) {
    try {
      writeFileSync(path.join(folder, String(number)), String(process.pid), { flag: "wx" });
      return number;
    } catch {
      // Another one was faster.
    }
  }
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number";
}
