/** What the commands of a chat leave in the audit log. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { auditFile } from "../../src/host/audit.js";
import { bindingResolved } from "../../src/binding-resolved.js";
import { boundCommands, commands } from "../support/conversation/commands.js";
import type { ScriptedHost } from "../support/conversation/host.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const BY = { senderId: "42" };

async function linesOf({ stateDir }: ScriptedHost): Promise<unknown[]> {
  const text = await readFile(auditFile(stateDir), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

test("a bind and a detach say who did it, in which chat, and which thread and folder it was", async () => {
  const { host, say, sessionFile } = await commands();
  await say("bind", BY);
  await say("detach", BY);
  const session = path.basename(sessionFile());
  const from = { by: "command", channel: "telegram", accountId: "default", senderId: "42" };
  expect(await linesOf(host)).toMatchObject([
    { ...from, event: "bind", session, chat: "telegram:7", outcome: "new-thread-1" },
    { ...from, event: "detach", session, chat: "telegram:7", outcome: "new-thread-1" },
  ]);
});

test("a bind that the host asks about says so, and what became of it is a line of its own", async () => {
  const { host, inHost, say, sessionFile } = await commands();
  inHost.onRequest = () => ({ status: "pending", approvalId: "1", reply: { text: "Allow?" } });
  await say("bind", BY);
  const data = inHost.requests[0]?.data;
  if (!data) throw new Error("nothing was asked");
  await bindingResolved(host.api, {
    status: "denied",
    decision: "deny",
    request: {
      summary: "",
      data,
      conversation: { channel: "telegram", accountId: "default", conversationId: "7" },
    },
  });
  expect(await linesOf(host)).toMatchObject([
    { event: "bind", outcome: "asked: new-thread-1" },
    {
      event: "bind",
      by: "click",
      chat: "7",
      outcome: "denied",
      session: path.basename(sessionFile()),
    },
  ]);
});

test("a change of permissions is noted, and a look at them is not", async () => {
  const { host, say } = await boundCommands();
  await say("permissions", BY);
  expect(await linesOf(host)).toEqual([]);
  await say("permissions ask", BY);
  await say("permissions yolo", BY);
  expect(await linesOf(host)).toMatchObject([
    { event: "permissions", senderId: "42", text: "ask", outcome: expect.stringMatching(/ask/) },
    { event: "permissions", text: "yolo", outcome: expect.stringMatching(/operator/) },
  ]);
});
