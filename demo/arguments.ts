import { parseArgs } from "node:util";
import { CHANNEL_NAMES, type ChannelName, isChannelName } from "./channels.js";

const NAMES = CHANNEL_NAMES.join(", ").replace(/, (?=[^,]*$)/, " or ");

export const usage = `npm run demo -- [options]

Binds a chat to Codex on a real OpenClaw gateway, all of it on this machine, and talks to it.

  --channel NAME   ${NAMES}; a channel other than
                   Telegram is installed from npm's registry first
  --message TEXT   what the person says to Codex; can be given more than once
  --json FILE      writes the conversation as JSON
  --real           uses the Codex that you are signed in to instead of a scripted model,
                   which repeats what it is told
  --interactive    lets you be the person in the chat
  --help           shows this`;

export interface DemoArguments {
  readonly channel: ChannelName;
  readonly messages: readonly string[];
  readonly json: string | undefined;
  readonly real: boolean;
  readonly interactive: boolean;
  readonly help: boolean;
}

/** What every channel lets a person send in one message. */
const MAX_MESSAGE_LENGTH = 2000;

/** @throws Error that says what is wrong with the arguments */
export function readArguments(args: string[]): DemoArguments {
  const { values } = parseArgs({
    args,
    options: {
      channel: { type: "string", default: "telegram" },
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
  const { channel } = values;
  if (!isChannelName(channel)) {
    throw new Error(`--channel is ${NAMES}, not ${channel}`);
  }
  return { ...values, channel, messages: values.message, json: values.json };
}
