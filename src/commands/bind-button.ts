/**
 * The button that binds a chat whose channel does not tell OpenClaw which chat a command was typed in, as Slack's does not:
 * of a click OpenClaw knows it. What was typed after `bind` travels in the button, so that it outlives a restart.
 */
import * as z from "zod/mini";
import { channelWords } from "../words/channel-words.js";
import type { BindArguments } from "./arguments.js";
import type { Reply } from "./subcommand.js";

export const BIND_BUTTON = "codexbind";

/** Slack takes 2,000 characters, of which the namespace and the quotes need some. */
const MAX_LENGTH = 1500;

const argsSchema = z.array(z.string());

export function bindButton(args: BindArguments): Reply {
  const { threadId, cwd, model, provider, worktree, on } = args;
  const flags = Object.entries({ cwd, model, provider, worktree, on }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const payload = JSON.stringify([...(threadId === undefined ? [] : [threadId]), ...flags]);
  if (payload.length > MAX_LENGTH) return { text: channelWords.tooLongForButton };
  const action = { type: "callback" as const, value: `${BIND_BUTTON}:${payload}` };
  const buttons = [{ label: channelWords.bindButton, action }];
  return {
    text: channelWords.pressToBind,
    presentation: { blocks: [{ type: "buttons", buttons }] },
  };
}

/** What was typed after `bind`; undefined where no button of ours says so. */
export function readBindButton(payload: string): string[] | undefined {
  try {
    return argsSchema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
