import { parseArgs } from "node:util";
import { CHANNEL_NAMES, type ChannelName, isChannelName } from "./channels.js";

const NAMES = CHANNEL_NAMES.join(", ").replace(/, (?=[^,]*$)/, " or ");

export const usage = `npm run demo -- [options]

Binds a chat to Codex on a real OpenClaw gateway on this machine, and plays a short conversation.
Only the chat service's servers and the model are simulated.

  --channel NAME   ${NAMES}; Discord and Slack are
                   installed from npm's registry first
  --message TEXT   what the person says to Codex; repeat the option for more messages
  --json FILE      write the conversation to FILE as JSON
  --real           use your own Codex instead of a simulated model; run \`codex login\` first
  --interactive    you type the person's messages
  --help           show this help`;

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
