import { parseArgs } from "node:util";

export const usage = `npm run demo -- [options]

Binds a Telegram chat to Codex on a real OpenClaw gateway, all of it on this machine, and talks to it.

  --message TEXT   what the person says to Codex; can be given more than once
  --json FILE      writes the conversation as JSON
  --real           uses the Codex that you are signed in to instead of a scripted model,
                   which repeats what it is told
  --interactive    lets you be the person in the chat
  --help           shows this`;

export interface DemoArguments {
  readonly messages: readonly string[];
  readonly json: string | undefined;
  readonly real: boolean;
  readonly interactive: boolean;
  readonly help: boolean;
}

/** What Telegram lets a person send in one message. */
const MAX_MESSAGE_LENGTH = 4096;

/** @throws Error that says what is wrong with the arguments */
export function readArguments(args: string[]): DemoArguments {
  const { values } = parseArgs({
    args,
    options: {
      message: { type: "string", multiple: true, default: ["Hello Codex, are you there?"] },
      json: { type: "string" },
      real: { type: "boolean", default: false },
      interactive: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  for (const message of values.message) {
    if (message.trim() === "") throw new Error("--message must not be empty");
    if (message.startsWith("/")) throw new Error("--message is for Codex: it cannot be a command");
    if (message.length > MAX_MESSAGE_LENGTH) {
      throw new Error(`--message can have at most ${MAX_MESSAGE_LENGTH} characters`);
    }
  }
  return { ...values, messages: values.message, json: values.json };
}
