/**
 * A gateway that does nothing but run the plugin. Its argument is `GatewaySettings` as JSON. It takes its orders over the
 * IPC channel and ends by itself when that closes and nothing is left to do.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import * as z from "zod/mini";
import type { Version } from "../../simulation/computer.js";
import { Gateway, type GatewayChannel, type HostBindings } from "../../simulation/gateway.js";
import { asObject } from "../../support/wire-guards.js";
import { beginCounting, countLeftovers, countLeftoversOfStopped } from "./leftovers.js";
import { setHost } from "./openclaw-modules.js";
import { errorFromWire, readOrder, readSettings, type News, type Order } from "./wire.js";

const { run, plugins, stateDir, bindingsDir, config } = readSettings(process.argv[2]);
const sends = new Map<number, PromiseWithResolvers<{ messageId: string }>>();
let lastSend = 0;
let copies = 0;

const channel: GatewayChannel = {
  send: (to, text, buttons) => send({ to, text, ...(buttons ? { buttons: [...buttons] } : {}) }),
  edit: async (to, edits, text, buttons) =>
    void (await send({ to, text, edits, ...(buttons ? { buttons: [...buttons] } : {}) })),
};
mkdirSync(bindingsDir, { recursive: true });
const bindings = storedBindings();
setHost({ channel, bindings });
const gateway = new Gateway({
  run,
  isAlive: () => true,
  load,
  channel,
  bindings,
  stateDir,
  config,
  sleep: (ms) => sleep(ms),
  readFile: (file) => readFileSync(file),
  onWarning: (text) => tell({ is: "warning", text }),
});

process.on("message", (value) => void obey(readOrder(value)));
process.on("disconnect", () => void gateway.stop());
beginCounting();
tell({ is: "ready" });

async function obey(order: Order): Promise<void> {
  if (order.do === "sent" || order.do === "not sent") {
    const sent = sends.get(order.id);
    sends.delete(order.id);
    if (order.do === "sent") sent?.resolve(order);
    else sent?.reject(errorFromWire(order.error));
    return;
  }
  const { id } = order;
  try {
    tell({ is: "done", id, ...(await carryOut(order)) });
  } catch (error) {
    tell({ is: "failed", id, error: error instanceof Error ? String(error.stack) : String(error) });
  }
}

async function carryOut(
  order: Exclude<Order, { do: "sent" | "not sent" }>,
): Promise<Pick<Extract<News, { is: "done" }>, "reply" | "leftovers">> {
  switch (order.do) {
    case "start":
      await gateway.start(order.version);
      return {};
    case "replace":
      await gateway.replace(order.version);
      return {};
    case "stop":
      await gateway.stop();
      return { leftovers: await countLeftoversOfStopped() };
    case "inspect":
      return { leftovers: countLeftovers() };
    case "configure":
      gateway.configure(order.config);
      return {};
    case "message": {
      const { speaker, picture, ...message } = order.message;
      const more = {
        ...(speaker === undefined ? {} : { speaker }),
        ...(picture === undefined ? {} : { picture }),
      };
      return { reply: await gateway.receive({ ...message, ...more }) };
    }
    case "command":
      return { reply: await gateway.command(order.chat, order.args) };
    case "click":
      return { reply: await gateway.click(order.click, order.isAuthorized) };
  }
}

/** Each time a fresh copy of the module, as after a reload of the plugin in OpenClaw. */
async function load(version: Version): Promise<unknown> {
  const url = pathToFileURL(plugins[version]);
  url.searchParams.set("copy", String((copies += 1)));
  const module: unknown = await import(url.href);
  return asObject(module)["default"];
}

function send(what: Omit<Extract<News, { is: "send" }>, "is" | "id">) {
  const id = (lastSend += 1);
  const sent = Promise.withResolvers<{ messageId: string }>();
  sends.set(id, sent);
  tell({ is: "send", id, ...what });
  return sent.promise;
}

function fileOf(chat: number): string {
  return path.join(bindingsDir, String(chat));
}

/** OpenClaw's own store, as files. */
function storedBindings(): HostBindings {
  const dataSchema = z.record(z.string(), z.unknown());
  const get = (chat: number): Record<string, unknown> | undefined => {
    let stored;
    try {
      stored = readFileSync(fileOf(chat), "utf8");
    } catch {
      return undefined;
    }
    return dataSchema.parse(JSON.parse(stored));
  };
  return {
    get,
    set: (chat, data) => writeFileSync(fileOf(chat), JSON.stringify(data)),
    delete(chat) {
      const had = get(chat) !== undefined;
      rmSync(fileOf(chat), { force: true });
      return had;
    },
  };
}

function tell(news: News): void {
  // A driver that is gone needs no news.
  if (process.connected) process.send?.(news, undefined, undefined, () => {});
}
