/**
 * What another version of this plugin left at work in this process. The gateway updates a plugin while it runs: the
 * older version's modules live on, with turns that run in Codex, messages that wait and answers that are being sent.
 *
 * The older version is stopped: it begins nothing more, and what comes of its work it keeps to itself. All of that is
 * in the inbox, where this version finds it as after a restart. Only its turns go on, followed by the older version,
 * which also asks what they ask; this version waits for their end and then reads what they came to in their threads.
 */
import * as z from "zod/mini";
import type { ReplyAddress } from "../chat/delivery.js";
import { pause } from "../common/pause.js";
import { asQuestion } from "../questions/first-version.js";
import type { MessagesHost } from "./messages-host.js";

/** A session's line in the older version: a turn that runs, and jobs that end without one. */
export type EarlierTurn = {
  /** Never rejects. */
  over: Promise<void>;
  /** Has the turn stopped, as a person asked. */
  stop(this: void): void;
};

export type HandedOver = {
  /** It is known of what was being sent whether it was. Never rejects. */
  settled: Promise<void>;
  turns: Map<string, EarlierTurn>;
};

/** The older version, whichever it is. */
export type Predecessor = { handOver(host: MessagesHost): HandedOver };

/** A message that the older version was just storing when it was stopped is on disk after so long. */
const STORED_WITHIN_MS = 500;

/** What another version has handed over. */
export class Inheritance {
  readonly #turns: Map<string, EarlierTurn>;
  /** What the other version had under way is in the inbox. Never rejects. */
  readonly ready: Promise<void>;

  /** Stops the other version. `host` is what its turns ask through from now on. */
  constructor(predecessor: Predecessor, host: MessagesHost) {
    const { settled, turns } = predecessor.handOver(host);
    this.#turns = turns;
    this.ready = settled.then(() => pause(STORED_WITHIN_MS));
    for (const [sessionFile, { over }] of turns) {
      void over.then(() => turns.delete(sessionFile));
    }
  }

  /** By session: settled once no turn of the other version runs there any more. */
  get endings(): [string, Promise<void>][] {
    return [...this.#turns].map(([sessionFile, { over }]) => [sessionFile, over]);
  }

  /** Settles once no turn of the other version runs in the session; a stop meanwhile is that turn's. Never rejects. */
  async turnOver(sessionFile: string, stopped: AbortSignal): Promise<void> {
    const turn = this.#turns.get(sessionFile);
    if (!turn) return;
    if (stopped.aborted) turn.stop();
    else stopped.addEventListener("abort", turn.stop, { once: true });
    await turn.over;
    stopped.removeEventListener("abort", turn.stop);
  }
}

const callable = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === "function");

/** What version 0.1.0 hung on globalThis, as far as it is used here. */
const firstVersionSchema = z.object({
  messages: z.looseObject({
    isStopped: z.literal(false),
    attach: callable<(host: FirstVersionHost) => void>(),
    stop: callable<() => Promise<void>>(),
  }),
  lines: z.optional(z.map(z.string(), z.object({ tail: z.instanceof(Promise) }))),
  controllers: z.optional(z.map(z.string(), z.instanceof(AbortController))),
});

/** What version 0.1.0 needs of its host to ask the questions of its turns. */
type FirstVersionHost = Pick<MessagesHost, "sendNote" | "pluginConfig" | "warn"> & {
  send(this: void, address: ReplyAddress, text: string): Promise<void>;
  askOperator(
    this: void,
    address: ReplyAddress,
    question: unknown,
    options: { timeoutMs: number; showAll: string },
  ): ReturnType<MessagesHost["askOperator"]>;
};

/** Version 0.1.0, where it is at work in this process. */
export function firstVersionAtWork(): Predecessor | undefined {
  const messages = read("messages");
  const found = firstVersionSchema.safeParse({
    // Its methods need their object, whose other fields are private.
    messages,
    lines: read("queue"),
    controllers: read("turn-attempts"),
  });
  if (!found.success) return undefined;
  const { lines = new Map(), controllers = new Map() } = found.data;
  return {
    handOver(host) {
      found.data.messages.attach.call(messages, hostOfFirstVersion(host));
      const turns = [...lines].map(([sessionFile, { tail }]): [string, EarlierTurn] => {
        const controller = controllers.get(sessionFile);
        return [sessionFile, { over: tail.then(() => undefined), stop: () => controller?.abort() }];
      });
      return { settled: found.data.messages.stop.call(messages), turns: new Map(turns) };
    },
  };
}

/** What its turns have to say beside their answers, it sends by itself, once. */
function hostOfFirstVersion(host: MessagesHost): FirstVersionHost {
  return {
    ...host,
    async send(address, text) {
      for (const part of await host.partsOf(address, text, { filesToo: false })) {
        // oxlint-disable-next-line no-await-in-loop
        if ("text" in part) await host.sendMessage(address, part);
      }
    },
    // The command that shows the whole of it ends with the question's name.
    askOperator: (address, question, { timeoutMs, showAll }) =>
      host.askOperator(address, asQuestion(question), {
        timeoutMs,
        handle: showAll.split(" ").at(-1) ?? "",
      }),
  };
}

function read(key: string): unknown {
  return Reflect.get(globalThis, Symbol.for(`openclaw-codex-conversation.${key}`));
}
