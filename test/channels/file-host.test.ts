/** Slack's file host on loopback lets a gateway have a person's files, and get nowhere else. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { get } from "node:https";
import { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBody } from "../support/loopback-server.js";
import { SlackFileHost } from "../support/slack/file-host.js";
import { BOT_TOKEN } from "../support/slack/world.js";
import { asString } from "../support/wire-guards.js";

const HOST = "files.slack.com";

let files: SlackFileHost;

beforeAll(async () => {
  files = await SlackFileHost.start();
});

afterAll(() => files.stop());

/** Asks the proxy for a tunnel, as a client does that has its address from the environment. */
async function tunnelTo(target: string): Promise<{ status: number; socket: Socket }> {
  const { OPENCLAW_PROXY_URL: proxy = "" } = files.environment;
  const asked = request(proxy, { method: "CONNECT", path: target }).end();
  const [answer, socket]: unknown[] = await once(asked, "connect");
  if (!(socket instanceof Socket)) throw new Error("it is no socket");
  return { status: statusOf(answer), socket };
}

function statusOf(answer: unknown): number {
  return typeof answer === "object" && answer !== null && "statusCode" in answer
    ? Number(answer.statusCode)
    : 0;
}

async function fetched(url: string, token: string): Promise<string> {
  const { socket } = await tunnelTo(`${HOST}:443`);
  const { NODE_EXTRA_CA_CERTS: place = "" } = files.environment;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { socket, ca: await readFile(place), servername: HOST, agent: false };
  get(url, { ...options, headers: { authorization: `Bearer ${token}` } }, resolve).on(
    "error",
    reject,
  );
  return (await readBody(await promise)).toString("utf8");
}

test("a file is for whoever brings the bot's token", async () => {
  const shared = files.share({ name: "my notes.txt", bytes: Buffer.from("all is well") });
  const url = asString(shared["url_private_download"]);
  expect(new URL(url).hostname).toBe(HOST);
  expect(await fetched(url, BOT_TOKEN)).toBe("all is well");
  expect(await fetched(url, "xoxb-of-somebody")).toMatch(/^<!DOCTYPE html>/);
});

test.each(["example.com:443", `${HOST}:80`, "10.0.0.1:443", "127.0.0.1.example.com:443"])(
  "nobody is let through to %s",
  async (target) => {
    const { status, socket } = await tunnelTo(target);
    socket.destroy();
    expect(status).toBe(403);
  },
);
