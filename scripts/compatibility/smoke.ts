/**
 * One conversation on a real gateway with the real Codex, step by step: what a version of either must be able to do.
 * Prints how far it came as one line of JSON. Which versions, the variables of test/support/under-test.ts say.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Chain, startChain } from "../../test/support/chain.js";
import type { TranscriptEntry } from "../../test/support/transcript.js";
import { SMOKE_STEPS, type SmokeResult, type SmokeStep } from "./smoke-result.js";

const CHAT = 5001;
const START_TIMEOUT_MS = 240_000;
const STEP_TIMEOUT_MS = 60_000;

class Smoke {
  readonly #chain: Chain;
  readonly #mark: string;

  constructor(chain: Chain) {
    this.#chain = chain;
    this.#mark = join(chain.workspace, "mark");
    chain.model.script = ({ said }) =>
      said === "leave a mark"
        ? [
            { do: "shell", command: `printf marked > ${this.#mark}`, justification: "To see" },
            { do: "say", text: "The mark is left.", phase: "final_answer" },
          ]
        : [{ do: "say", text: `Codex heard: ${said}`, phase: "final_answer" }];
  }

  async bind(): Promise<void> {
    const asked = /^Plugin bind approval required/;
    const answer = await this.#reply(
      this.#say("/codexchat bind"),
      /could not be bound|Plugin bind/,
    );
    if (!asked.test(answer.text)) throw new Error(answer.text);
    await this.#reply(this.#click(answer), /^Allowed .+ to bind this conversation once\./);
  }

  async turn(): Promise<void> {
    await this.#reply(this.#say("hello"), /^Codex heard: hello$/);
  }

  async approval(): Promise<void> {
    const said = this.#say("leave a mark");
    const question = await this.#reply(said, /^❓/);
    await this.#reply(this.#click(question), /➡️ Allowed once\.$/);
    await this.#reply(said, /^The mark is left\.$/);
    if (!existsSync(this.#mark)) throw new Error("the command that was allowed did not run");
  }

  async restart(): Promise<void> {
    await this.#chain.gateway.stop();
    await this.#chain.gateway.start();
    await this.#reply(this.#say("still there?"), /^Codex heard: still there\?$/);
    const history = this.#chain.model.requests.entries.at(-1)?.history;
    if (!history?.includes("hello")) throw new Error("the thread has lost its history");
  }

  async detach(): Promise<void> {
    await this.#reply(this.#say("/codexchat detach"), /^This chat is detached from Codex/);
    await this.#reply(this.#say("/codexchat status"), /not bound/);
  }

  #say(text: string): TranscriptEntry {
    return this.#chain.telegram.person.say(CHAT, text, {});
  }

  #click(message: TranscriptEntry): TranscriptEntry {
    return this.#chain.telegram.person.click(message, "Allow once");
  }

  #reply(said: TranscriptEntry, matches: RegExp): Promise<TranscriptEntry> {
    return this.#chain.telegram.waitForMessage(CHAT, ({ text }) => matches.test(text), {
      after: said,
      timeoutMs: STEP_TIMEOUT_MS,
    });
  }
}

async function run(): Promise<SmokeResult> {
  const done: SmokeStep[] = [];
  const failure = (step: SmokeStep, error: unknown): SmokeResult => ({
    done,
    failed: { step, reason: error instanceof Error ? error.message : String(error) },
  });
  let chain: Chain;
  try {
    const signal = AbortSignal.timeout(START_TIMEOUT_MS);
    chain = await startChain({
      settings: {
        plugin: { progress: "off" },
        telegram: { dmPolicy: "allowlist", allowFrom: [String(CHAT)] },
      },
      signal,
    });
  } catch (error) {
    return failure("start", error);
  }
  done.push("start");
  try {
    const smoke = new Smoke(chain);
    for (const step of SMOKE_STEPS) {
      if (step === "start") continue;
      try {
        // oxlint-disable-next-line no-await-in-loop -- each step builds on the one before
        await smoke[step]();
      } catch (error) {
        return failure(step, error);
      }
      done.push(step);
    }
    return { done };
  } finally {
    await chain.stop();
  }
}

console.log(JSON.stringify(await run()));
