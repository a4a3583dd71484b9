/** OpenClaw's consent to a bind, typed on a channel without buttons. */
import { expect, test, vi } from "vitest";
import { commands } from "../support/conversation/commands.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const resolve = vi.hoisted(() => vi.fn<(params: unknown) => Promise<{ status: string }>>());

vi.mock("openclaw/plugin-sdk/conversation-runtime", () => ({
  getSessionBindingService: () => ({ resolveByConversationAsync: async () => null }),
  resolvePluginConversationBindingApproval: resolve,
}));

const line = { channel: "line", from: "line:U1", to: "line:U1", senderId: "U1" };

async function asked(more: { senderId?: string } = { senderId: "U1" }) {
  const all = await commands();
  resolve.mockReset();
  resolve.mockResolvedValue({ status: "approved" });
  all.inHost.onRequest = () => ({
    status: "pending",
    approvalId: "approval-1",
    reply: { text: "Plugin bind approval required", interactive: { blocks: [] } },
  });
  const { senderId: _, ...nobody } = line;
  const reply = await all.reply("bind", { ...nobody, ...more });
  return { ...all, question: reply };
}

test("the question says how to allow the bind, and shows no buttons that nobody can press", async () => {
  const { question } = await asked();
  expect(question).toEqual({
    text: expect.stringMatching(
      /^Plugin bind approval required\n\nSend `\/codexchat allow` within 30 minutes/,
    ),
  });
});

test("who asked for the bind allows it, once", async () => {
  const { say } = await asked();
  expect(await say("allow", line)).toMatch(/^Allowed\./);
  expect(resolve.mock.calls).toEqual([
    [{ approvalId: "approval-1", senderId: "U1", decision: "allow-once" }],
  ]);
  expect(await say("allow", line)).toMatch(/^There is no bind of yours to allow/);
  expect(resolve).toHaveBeenCalledOnce();
});

test("nobody else allows it, nor anybody in another chat", async () => {
  const { say } = await asked();
  expect(await say("allow", { ...line, senderId: "U2" })).toMatch(
    /^There is no bind of yours to allow/,
  );
  expect(await say("allow", { ...line, senderId: undefined })).toMatch(
    /^There is no bind of yours to allow/,
  );
  expect(await say("allow", { ...line, to: "line:C2" })).toMatch(
    /^There is no bind of yours to allow/,
  );
  expect(resolve).not.toHaveBeenCalled();
  expect(await say("allow", line)).toMatch(/^Allowed\./);
});

test("one that OpenClaw has forgotten is no consent", async () => {
  const { say } = await asked();
  resolve.mockResolvedValue({ status: "expired" });
  expect(await say("allow", line)).toMatch(
    /^There is no bind of yours to allow .* Send `\/codexchat bind`/,
  );
});

test("where OpenClaw does not say who asked, nobody can allow it, which is said", async () => {
  const { question, say } = await asked({});
  expect(question.text).toMatch(/^OpenClaw does not say who you are on this channel/);
  expect(await say("allow", line)).toMatch(/^There is no bind of yours to allow/);
});
