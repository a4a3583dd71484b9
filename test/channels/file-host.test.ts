/** Slack's file host on loopback lets a gateway have a person's files, and nothing else is led there. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SlackFileHost } from "../support/slack/file-host.js";
import { BOT_TOKEN } from "../support/slack/world.js";
import { divertedTo } from "../support/tls-host.js";
import { asString } from "../support/wire-guards.js";

const HOST = "files.slack.com";

let files: SlackFileHost;
let folder: string;

beforeAll(async () => {
  files = await SlackFileHost.start();
  folder = await mkdtemp(join(tmpdir(), "file-host-"));
});

afterAll(async () => {
  await files.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What a process prints that is started as a gateway is. */
async function printedBy(code: string): Promise<string> {
  const environment = { ...process.env, ...(await divertedTo([files.diverted], folder)) };
  const args = ["--input-type=module", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
  return stdout.trim();
}

function fetched(url: string, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const request = `${JSON.stringify(url)}, ${JSON.stringify({ headers })}`;
  return printedBy(`console.log(await (await fetch(${request})).text())`);
}

test("a file is for whoever brings the bot's token", async () => {
  const shared = files.share({ name: "my notes.txt", bytes: Buffer.from("all is well") });
  const url = asString(shared["url_private_download"]);
  expect(new URL(url).hostname).toBe(HOST);
  expect(await fetched(url, BOT_TOKEN)).toBe("all is well");
  expect(await fetched(url, "xoxb-of-somebody")).toMatch(/^<!DOCTYPE html>/);
});

test("its address is a public one to whoever asks, in each way there is to ask", async () => {
  const addresses = await printedBy(`
    import dns, { lookup } from "node:dns";
    import { lookup as later } from "node:dns/promises";
    const [all] = await dns.promises.lookup("${HOST}", { all: true });
    const { address } = await later("${HOST}");
    lookup("${HOST}", (_, found) => console.log([all.address, address, found].join()));
  `);
  expect(addresses).toBe("198.18.0.1,198.18.0.1,198.18.0.1");
});

test("another port of this machine is not led there", async () => {
  const tried = await printedBy(`
    import { connect } from "node:net";
    const socket = connect({ host: "127.0.0.1", port: 443 });
    const end = (how) => (console.log(how), socket.destroy());
    socket.once("connect", () => end("connected"));
    socket.once("error", ({ code }) => end(code));
  `);
  expect(tried).toBe("ECONNREFUSED");
});
