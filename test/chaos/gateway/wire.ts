/** What the driver and a gateway say to each other, over the IPC channel of the child process. */
import * as z from "zod/mini";

const text = z.string();
const count = z.number();

const orderSchema = z.discriminatedUnion("do", [
  /** A message of a person; `authorized` false: of somebody whom the host does not trust. */
  z.object({
    do: z.literal("message"),
    id: count,
    chat: count,
    number: count,
    text,
    authorized: z.boolean(),
  }),
  z.object({ do: z.literal("command"), id: count, chat: count, args: text }),
  /** A click on a button; `data` is what the button carries. */
  z.object({ do: z.literal("click"), id: count, to: text, data: text, authorized: z.boolean() }),
  z.object({ do: z.literal("configure"), id: count, config: z.record(text, z.unknown()) }),
  z.object({ do: z.literal("reload"), id: count }),
  /** Ends as a gateway does that is told to; answered when its plugins have ended, before the process does. */
  z.object({ do: z.literal("stop"), id: count }),
  z.object({ do: z.literal("inspect"), id: count }),
  /** What became of a `send`. */
  z.object({ do: z.literal("sent"), id: count, ok: z.boolean() }),
]);
export type Order = z.infer<typeof orderSchema>;

const leftoversSchema = z.object({
  /** Of `process.getActiveResourcesInfo()`, beyond what such a process holds by itself. */
  resources: z.array(text),
  queued: count,
  activeTurns: count,
  /** Questions that somebody could still answer. */
  questions: count,
  /** App-server clients, and those of them that somebody waits for or listens to. */
  clients: count,
  busyClients: count,
  handlers: count,
});
export type Leftovers = z.infer<typeof leftoversSchema>;

const newsSchema = z.discriminatedUnion("is", [
  z.object({ is: z.literal("ready") }),
  /** An order was carried out. */
  z.object({
    is: z.literal("done"),
    id: count,
    reply: z.optional(text),
    leftovers: z.optional(leftoversSchema),
    error: z.optional(text),
  }),
  /** The plugin sends a text in answer to a message; `edits` is the id of the earlier one whose place it takes. */
  z.object({
    is: z.literal("send"),
    id: count,
    to: text,
    text,
    edits: z.optional(count),
    /** What the buttons below it carry. */
    buttons: z.array(z.string()),
  }),
  z.object({ is: z.literal("warning"), text }),
]);
export type News = z.infer<typeof newsSchema>;

export function readOrder(value: unknown): Order {
  return orderSchema.parse(value);
}

export function readNews(value: unknown): News {
  return newsSchema.parse(value);
}

/** Replies go to an address of their own for each message, so that the driver knows what they answer. */
export function addressOf(chat: number, number: number): string {
  return `c${chat}#${number}`;
}

export function readAddress(to: string): { chat: number; number: number } {
  const match = /^c(\d+)#(\d+)$/.exec(to);
  if (!match) throw new Error(`sent to nobody: ${to}`);
  return { chat: Number(match[1]), number: Number(match[2]) };
}
