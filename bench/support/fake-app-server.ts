/**
 * An app-server in memory that answers at once, in the bytes of the real one. What it sends in one turn of the event
 * loop comes in as few chunks as from a pipe.
 */
import { asObject, asString, parseJson } from "../../test/support/wire-guards.js";

/** As much as Node reads from a pipe at a time. */
export const CHUNK_BYTES = 64 * 1024;

/** Deltas of each reply. */
const DELTAS = 10;

export class FakeAppServer {
  /** False: turns start and do not end until `endTurns`. */
  endsTurns = true;
  readonly #deliver: (chunk: Buffer) => void;
  #out: string[] = [];
  #onTurn: () => void = () => {};
  #lastThread = 0;
  #lastTurn = 0;
  readonly #running: { threadId: string; turnId: string }[] = [];

  constructor(deliver: (chunk: Buffer) => void) {
    this.#deliver = deliver;
  }

  /** Takes one line of the client's. */
  receive(line: string): void {
    const { id, method, params: given } = asObject(parseJson(line));
    const params = asObject(given);
    if (typeof id !== "number") return;
    switch (method) {
      case "initialize":
        this.#answer(id, '{"userAgent":"bench/0.169.0 (Debian 12.0.0; x86_64) bench"}');
        break;
      case "account/read":
        this.#answer(id, '{"account":null,"requiresOpenaiAuth":false}');
        break;
      case "thread/start":
        this.#answerThread(id, `thread-${++this.#lastThread}`);
        break;
      case "thread/resume":
        this.#answerThread(id, asString(params["threadId"]));
        break;
      case "turn/start":
        this.#startTurn(id, asString(params["threadId"]));
        break;
      default:
        this.#answer(id, "{}");
    }
  }

  /** Fulfilled when so many turns run. */
  async started(count: number): Promise<void> {
    while (this.#running.length < count) {
      await new Promise<void>((resolve) => void (this.#onTurn = resolve));
    }
  }

  endTurns(): void {
    for (const { threadId, turnId } of this.#running.splice(0)) this.#endTurn(threadId, turnId);
  }

  #answer(id: number, result: string): void {
    this.#send(`{"id":${id},"result":${result}}`);
  }

  #answerThread(id: number, threadId: string): void {
    this.#answer(
      id,
      `{"thread":{"id":"${threadId}","cwd":"/work"},"cwd":"/work","model":"mock-model","modelProvider":"mock"}`,
    );
  }

  #startTurn(id: number, threadId: string): void {
    const turnId = `turn-${++this.#lastTurn}`;
    this.#answer(id, `{"turn":${turn(turnId, "inProgress")}}`);
    for (const line of turnBeginning(threadId, turnId)) this.#send(line);
    if (this.endsTurns) this.#endTurn(threadId, turnId);
    else this.#running.push({ threadId, turnId });
    this.#onTurn();
  }

  #endTurn(threadId: string, turnId: string): void {
    for (const line of turnEnd(threadId, turnId)) this.#send(line);
  }

  #send(line: string): void {
    if (this.#out.length === 0) setImmediate(() => this.#flush());
    this.#out.push(line);
  }

  #flush(): void {
    const bytes = Buffer.from(`${this.#out.join("\n")}\n`);
    this.#out = [];
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      this.#deliver(bytes.subarray(at, at + CHUNK_BYTES));
    }
  }
}

/** A piece of a reply, as Codex sends it. */
export function delta(threadId: string, turnId: string, text: string): string {
  return `{"method":"item/agentMessage/delta","params":{"threadId":"${threadId}","turnId":"${turnId}","itemId":"m-${turnId}","delta":"${text}"},"emittedAtMs":1795364699765}`;
}

/** What comes before the first piece of a reply. */
export function replyStarted(threadId: string, turnId: string): string {
  return `{"method":"item/started","params":{"item":${agentMessage(turnId, "")},"threadId":"${threadId}","turnId":"${turnId}","startedAtMs":1795351747709}}`;
}

function agentMessage(turnId: string, text: string): string {
  return `{"type":"agentMessage","id":"m-${turnId}","text":"${text}","phase":"final_answer","memoryCitation":null}`;
}

function turnBeginning(threadId: string, turnId: string): string[] {
  const where = `"threadId":"${threadId}","turnId":"${turnId}"`;
  const user = `{"type":"userMessage","id":"u-${turnId}","clientId":null,"content":[{"type":"text","text":"hello","text_elements":[]}]}`;
  return [
    `{"method":"thread/status/changed","params":{"threadId":"${threadId}","status":{"type":"active","activeFlags":[]}}}`,
    `{"method":"turn/started","params":{"threadId":"${threadId}","turn":${turn(turnId, "inProgress")}}}`,
    `{"method":"item/started","params":{"item":${user},${where},"startedAtMs":1795351747629}}`,
    `{"method":"item/completed","params":{"item":${user},${where},"completedAtMs":1795351747629}}`,
  ];
}

export function turnEnd(threadId: string, turnId: string): string[] {
  const where = `"threadId":"${threadId}","turnId":"${turnId}"`;
  const pieces = Array.from({ length: DELTAS }, () => "a few words ");
  const usage = '{"totalTokens":4,"inputTokens":2,"cachedInputTokens":0,"outputTokens":2}';
  return [
    replyStarted(threadId, turnId),
    ...pieces.map((piece) => delta(threadId, turnId, piece)),
    `{"method":"item/completed","params":{"item":${agentMessage(turnId, pieces.join(""))},${where},"completedAtMs":1795351747710}}`,
    `{"method":"thread/tokenUsage/updated","params":{${where},"tokenUsage":{"total":${usage},"last":${usage},"modelContextWindow":258400}}}`,
    `{"method":"thread/status/changed","params":{"threadId":"${threadId}","status":{"type":"idle"}}}`,
    turnCompleted(threadId, turnId),
  ];
}

export function turnCompleted(threadId: string, turnId: string): string {
  return `{"method":"turn/completed","params":{"threadId":"${threadId}","turn":${turn(turnId, "completed")}}}`;
}

function turn(turnId: string, status: string): string {
  return `{"id":"${turnId}","rootTurnId":"${turnId}","items":[],"itemsView":"notLoaded","status":"${status}","error":null,"startedAt":1795351747,"completedAt":null,"durationMs":null}`;
}
