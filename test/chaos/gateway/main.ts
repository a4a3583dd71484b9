/**
 * A gateway that does nothing but run the plugin. Arguments: the plugin's bundle, the state folder, the settings as
 * JSON. It takes its orders over the IPC channel and ends by itself when that closes and nothing is left to do.
 */
import { pathToFileURL } from "node:url";
import * as z from "zod/mini";
import { StandInHost, type PluginEntry } from "./host.js";
import { countLeftovers, countLeftoversOfStopped, beginCounting } from "./leftovers.js";
import { readOrder, type Leftovers, type News, type Order } from "./wire.js";

const [bundle = "", stateDir = "", settings = ""] = process.argv.slice(2);

const host = new StandInHost(stateDir, tell);
host.config = z.record(z.string(), z.unknown()).parse(JSON.parse(settings));
let copies = 0;

process.on("message", (value) => void obey(readOrder(value)));
process.on("disconnect", () => void host.stop());
beginCounting();
await host.start(await loadPlugin());
tell({ is: "ready" });

async function obey(order: Order): Promise<void> {
  if (order.do === "sent") {
    host.sent(order.id, order.ok);
    return;
  }
  try {
    tell({ is: "done", id: order.id, ...(await carryOut(order)) });
  } catch (error) {
    tell({ is: "done", id: order.id, error: String(error) });
  }
}

async function carryOut(
  order: Exclude<Order, { do: "sent" }>,
): Promise<{ reply?: string; leftovers?: Leftovers }> {
  switch (order.do) {
    case "message":
      await host.receive(order);
      return {};
    case "command":
      return { reply: await host.command(order.chat, order.args) };
    case "click":
      return { reply: await host.click(order.to, order.data, order.authorized) };
    case "configure":
      host.config = order.config;
      return {};
    case "reload":
      await host.replace(await loadPlugin());
      return {};
    case "stop":
      await host.stop();
      return { leftovers: await countLeftoversOfStopped() };
    case "inspect":
      return { leftovers: countLeftovers() };
  }
}

/** Each time a fresh copy of the module, as after a reload of the plugin in OpenClaw. */
async function loadPlugin(): Promise<PluginEntry> {
  const url = pathToFileURL(bundle);
  url.searchParams.set("copy", String((copies += 1)));
  const module: unknown = await import(url.href);
  const entry = typeof module === "object" && module && "default" in module ? module.default : null;
  if (!isEntry(entry)) throw new Error("the bundle holds no plugin");
  return entry;
}

function isEntry(value: unknown): value is PluginEntry {
  return (
    typeof value === "object" &&
    value !== null &&
    "register" in value &&
    typeof value.register === "function"
  );
}

function tell(news: News): void {
  // A driver that is gone needs no news.
  if (process.connected) process.send?.(news, undefined, undefined, () => {});
}
