/** What Codex's model does in the scenarios of a stage: it answers `Codex heard: …` where it was given nothing else. */
import type { ModelRequest } from "./model-request.js";
import { Gate, type Script, type ScriptedResponsesApi, type Step } from "./responses-api.js";

export const answerTo = (said: string): string => `Codex heard: ${said}`;

export class ScriptedTurns {
  readonly #model: ScriptedResponsesApi;
  readonly #gates = new Map<string, Gate>();
  readonly #scripts = new Map<string, readonly Step[]>();
  readonly #conversations = new Map<string, Script>();

  constructor(model: ScriptedResponsesApi) {
    this.#model = model;
    model.script = (request) => {
      const { said, history } = request;
      const conversation = history.find((text) => this.#conversations.has(text)) ?? "";
      const whole = this.#conversations.get(conversation);
      if (whole) return whole(request);
      const gate = this.#gates.get(said);
      // A picture stands in lines of its own.
      const script = this.#scripts.get(said) ?? this.#scripts.get(said.split("\n", 1)[0] ?? "");
      if (script) return script;
      return [
        ...(gate ? [{ do: "hold", gate } as const] : []),
        { do: "say", text: answerTo(said), phase: "final_answer" },
      ];
    };
  }

  /** Turns that are asked this stay open until the gate opens. */
  hold(said: string): Gate {
    const gate = new Gate();
    this.#gates.set(said, gate);
    return gate;
  }

  /** What the model does when it is asked this, in place of its answer. */
  play(said: string, steps: readonly Step[]): void {
    this.#scripts.set(said, steps);
  }

  /** What the model does, whatever it is asked, from when this was said on a thread. */
  playFrom(said: string, script: Script): void {
    this.#conversations.set(said, script);
  }

  /** What the model was asked that has this text in its history. */
  requestsWith(text: string): readonly ModelRequest[] {
    return this.#model.requests.entries.filter(({ history }) =>
      history.some((said) => said.includes(text)),
    );
  }
}
