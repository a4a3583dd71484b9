/** What the driver and a gateway say to each other, over the IPC channel of the child process. */
import * as z from "zod/mini";

const text = z.string();
const count = z.number();
const version = z.enum(["installed", "updated"]);
const settings = z.record(text, z.unknown());

/** An error as channels throw them. */
const errorSchema = z.object({
  message: text,
  error_code: z.optional(count),
  description: z.optional(text),
  parameters: z.optional(z.object({ retry_after: count })),
  error: z.optional(z.object({ message: text, code: z.optional(text) })),
});
export type ErrorOnWire = z.infer<typeof errorSchema>;

const orderSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("start"), id: count, version }),
  z.object({ do: z.literal("replace"), id: count, version }),
  /** Ends as a gateway does that is told to; done when its plugins have ended, before the process does. */
  z.object({ do: z.literal("stop"), id: count }),
  z.object({ do: z.literal("inspect"), id: count }),
  z.object({ do: z.literal("configure"), id: count, config: settings }),
  z.object({
    do: z.literal("message"),
    id: count,
    message: z.object({
      chat: count,
      number: count,
      text,
      isAuthorized: z.boolean(),
      sentAt: count,
      speaker: z.optional(text),
      picture: z.optional(text),
    }),
  }),
  z.object({ do: z.literal("command"), id: count, chat: count, args: text }),
  z.object({
    do: z.literal("click"),
    id: count,
    click: z.object({ to: text, messageId: count, data: text }),
    isAuthorized: z.boolean(),
  }),
  /** What became of a `send`. */
  z.object({ do: z.literal("sent"), id: count, messageId: text }),
  z.object({ do: z.literal("not sent"), id: count, error: errorSchema }),
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
  }),
  z.object({ is: z.literal("failed"), id: count, error: text }),
  /** The plugin sends a text in answer to a message; `edits` is the id of the earlier one that it takes the place of. */
  z.object({
    is: z.literal("send"),
    id: count,
    to: text,
    text,
    edits: z.optional(count),
    buttons: z.optional(z.array(z.object({ label: text, value: text }))),
  }),
  z.object({ is: z.literal("warning"), text }),
]);
export type News = z.infer<typeof newsSchema>;

/** What a gateway is started with. */
const startSchema = z.object({
  run: count,
  plugins: z.object({ installed: text, updated: text }),
  stateDir: text,
  bindingsDir: text,
  config: settings,
});
export type GatewaySettings = z.infer<typeof startSchema>;

export function readOrder(value: unknown): Order {
  return orderSchema.parse(value);
}

export function readNews(value: unknown): News {
  return newsSchema.parse(value);
}

export function readSettings(json: string | undefined): GatewaySettings {
  return startSchema.parse(JSON.parse(json ?? ""));
}

export function errorOnWire(error: unknown): ErrorOnWire {
  const parsed = errorSchema.safeParse(error);
  return parsed.success ? parsed.data : { message: String(error) };
}

export function errorFromWire({ message, error, ...fields }: ErrorOnWire): Error {
  const cause = error && Object.assign(new Error(error.message), { code: error.code });
  return Object.assign(new Error(message), fields, cause ? { error: cause } : {});
}
