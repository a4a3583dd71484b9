/** A chat with cards on a scripted host: what stands in it, and a person who presses buttons. */
import * as z from "zod/mini";
import { registerCardButtons } from "../../src/cards/clicks.js";
import { asRecord } from "../../src/app-server/json.js";
import type { PluginHost } from "../../src/host/plugin-host.js";
import { Clicks, type Clicked } from "../support/conversation/clicks.js";
import type { commands } from "../support/conversation/commands.js";

const blocksSchema = z.array(
  z.object({
    buttons: z._default(
      z.array(z.object({ label: z.string(), action: z.object({ value: z.string() }) })),
      [],
    ),
  }),
);
const editSchema = z.object({
  action: z.literal("edit"),
  params: z.object({
    messageId: z.string(),
    message: z.string(),
    presentation: z.object({ blocks: blocksSchema }),
  }),
});

/** A card as it stands in the chat. */
export type Seen = {
  text: string;
  rows: string[][];
  press: (label: string, options?: Parameters<Clicks["click"]>[1]) => Promise<Clicked>;
};

type Chat = Awaited<ReturnType<typeof commands>>;

/** `gateway` is told of each change of a message; whoever mocks the host's tool hands it over. */
export function cardChat({ host, inHost, reply }: Chat, gateway: { calls: unknown[][] }) {
  const sent: Record<string, unknown>[] = [];
  host.channels.set("telegram", {
    sendPayload: async (message) => {
      sent.push(message);
      return { messageId: "12" };
    },
  });
  const clicks = new Clicks((api) => registerCardButtons(withClicks(host.api, api)));
  /** Presses as OpenClaw tells it, with what a command needs to know of its chat. */
  const press = (value: string, options: Parameters<Clicks["click"]>[1] = {}): Promise<Clicked> => {
    const { args: _, ...ctx } = inHost.command("");
    const more = { ...ctx, senderId: "7", ...options.more };
    return clicks.click(value.slice(`${clicks.namespace}:`.length), { ...options, more });
  };
  const seen = (text: string, blocks: unknown): Seen => {
    const rows = blocksSchema.parse(blocks).map(({ buttons }) => buttons);
    return {
      text,
      rows: rows.map((row) => row.map(({ label }) => label)),
      press: async (label, options) => {
        const button = rows.flat().find((each) => each.label === label);
        if (!button) throw new Error(`the card has no ${label}`);
        return press(button.action.value, options);
      },
    };
  };
  return {
    press,
    /** Cards that were sent as messages, and answers beside them. */
    sent: (): Seen[] =>
      sent.map((message) => {
        const blocks = asRecord(asRecord(message["payload"])?.presentation)?.blocks ?? [];
        return seen(String(message["text"]), blocks);
      }),
    edits: (): Seen[] =>
      gateway.calls.map((call) => {
        const { message, presentation } = editSchema.parse(call[2]).params;
        return seen(message, presentation.blocks);
      }),
    show: async (): Promise<Seen> => {
      const answer = await reply("");
      if (answer.presentation) return seen(answer.text ?? "", answer.presentation.blocks);
      const { payload, text } = sent.at(-1) ?? {};
      return seen(String(text), asRecord(asRecord(payload)?.presentation)?.blocks ?? []);
    },
  };
}

function withClicks(
  api: PluginHost,
  clicks: Parameters<ConstructorParameters<typeof Clicks>[0]>[0],
): Parameters<typeof registerCardButtons>[0] {
  const { runtime, logger, pluginConfig } = api;
  const { registerInteractiveHandler } = clicks;
  return { runtime, logger, registerInteractiveHandler, ...(pluginConfig && { pluginConfig }) };
}
