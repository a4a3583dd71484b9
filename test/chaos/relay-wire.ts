/** What the driver and an app-server's process say to each other: a JSON object a line. */
import * as z from "zod/mini";

const newsSchema = z.discriminatedUnion("is", [
  z.object({ is: z.literal("born"), pid: z.number() }),
  z.object({ is: z.literal("input"), text: z.string() }),
  z.object({ is: z.literal("input end") }),
  z.object({ is: z.literal("signal"), signal: z.string() }),
]);
export type RelayNews = z.infer<typeof newsSchema>;

const orderSchema = z.discriminatedUnion("do", [
  /** In base64: a line can end in the middle of a character. */
  z.object({ do: z.literal("write"), bytes: z.string() }),
  z.object({ do: z.literal("write error"), text: z.string() }),
  z.object({ do: z.literal("exit"), code: z.number() }),
]);
export type RelayOrder = z.infer<typeof orderSchema>;

export function readRelayNews(line: string): RelayNews {
  return newsSchema.parse(JSON.parse(line));
}

export function readRelayOrder(line: string): RelayOrder {
  return orderSchema.parse(JSON.parse(line));
}
