/** The tool servers of the real Codex, as a chat is shown them, and a sign-in to one. */
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { signInEndIn } from "../../src/app-server/tool-servers.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { consent, guardedToolServer } from "../support/guarded-tool-server.js";
import type { LoopbackServer } from "../support/loopback-server.js";

const CALENDAR = path.resolve(import.meta.dirname, "..", "support", "calendar-server.mjs");
const OPTIONS = { timeoutMs: 60_000 };

let codex: RealCodex;
let remote: LoopbackServer;

beforeEach(async () => {
  remote = await guardedToolServer();
  codex = await RealCodex.prepare(undefined, [
    "[mcp_servers.broken]",
    'command = "/nowhere/to-be-found"',
    "[mcp_servers.calendar]",
    `command = ${JSON.stringify(process.execPath)}`,
    `args = [${JSON.stringify(CALENDAR)}]`,
    "[mcp_servers.remote]",
    `url = "${remote.url}/mcp"`,
  ]);
});

afterEach(async () => {
  await codex.dispose();
  await remote.stop();
});

test("the servers of a thread are told with their tools, their state, and why they failed", async () => {
  const { client, heard, ...user } = await startedUser();
  for (const name of ["broken", "calendar", "remote"]) {
    // oxlint-disable-next-line no-await-in-loop
    await heard.waitFor(
      ({ method, params }) =>
        method === "mcpServer/startupStatus/updated" &&
        params["name"] === name &&
        params["status"] !== "starting",
    );
  }
  const of = { detail: "toolsAndAuthOnly", limit: 100, threadId: user.threadId } as const;
  const noSuchFile: unknown = expect.stringMatching(/No such file/);
  const tells = codexTraits.tellsToolServerStates;
  const told = await callCodex(client, METHODS.listToolServers, of, OPTIONS);
  expect(told.toSorted((one, other) => (one.name < other.name ? -1 : 1))).toEqual([
    {
      name: "broken",
      state: tells ? "failed" : undefined,
      tools: [],
      problem: tells ? noSuchFile : undefined,
      needsSignIn: false,
    },
    {
      name: "calendar",
      state: tells ? "connected" : undefined,
      tools: [{ name: "add_event", description: "Adds an event to the calendar." }],
      problem: undefined,
      needsSignIn: false,
    },
    expect.objectContaining({ name: "remote", tools: [], needsSignIn: true }),
  ]);
});

test("a sign-in begins with a link and ends with word of it, after which the servers can be read again", async () => {
  const { client, heard } = await startedUser();
  const params = { name: "remote", timeoutSecs: 60 };
  const login = await callCodex(client, METHODS.loginToolServer, params, OPTIONS);
  expect(await consent(login.authorizationUrl ?? "")).toBe(200);
  const of = { name: "remote", loginId: login.loginId };
  const ended = await heard.waitFor((entry) => signInEndIn(entry, of) !== undefined);
  expect(signInEndIn(ended, of)).toEqual({ isSignedIn: true, problem: undefined });
  await callCodex(client, METHODS.reloadToolServers, undefined, OPTIONS);
});

test("nobody signs in to a server that takes no sign-in, or that is none", async () => {
  const { client } = await startedUser();
  const login = (name: string) =>
    callCodex(client, METHODS.loginToolServer, { name, timeoutSecs: 60 }, OPTIONS);
  await expect(login("calendar")).rejects.toThrow(/only supported for streamable HTTP/);
  await expect(login("nope")).rejects.toThrow(/No MCP server named 'nope'/);
});

async function startedUser() {
  const user = await codex.start();
  const threadId = await user.startThread();
  return { client: user.client, heard: user.heard, threadId };
}
