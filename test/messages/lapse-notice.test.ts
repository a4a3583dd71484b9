import path from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { noteBoundConversation } from "../../src/host/bound-conversation.js";
import { tellLapsing } from "../../src/messages/lapse-notice.js";
import { createCodexConversationBindingData } from "../../src/host/binding-data.js";
import { ScriptedHost } from "../support/conversation/host.js";
import { hostBindings, TELEGRAM } from "../support/conversation/host-bindings.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

const HOUR_MS = 3_600_000;
const ADDRESS = { channel: "telegram", to: "telegram:7" };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  return () => void vi.useRealTimers();
});

/** A chat that OpenClaw takes back `leftMs` from now, of `idleTimeoutMs` in all. */
async function lapsing(leftMs: number | undefined, idleTimeoutMs = 24 * HOUR_MS) {
  const folder = await temporaryFolder();
  const host = new ScriptedHost(folder);
  const sessionFile = path.join(folder, "telegram-1");
  await noteBoundConversation(sessionFile, { conversation: TELEGRAM, address: ADDRESS });
  const data = createCodexConversationBindingData({ sessionFile, workspaceDir: "/repo" });
  const lapseIn = (ms: number | undefined): void => {
    hostBindings.hold(data, "/plugins/now", { metadata: { idleTimeoutMs } });
    const record = hostBindings.record();
    if (record && ms !== undefined) record.expiresAt = Date.now() + ms;
  };
  lapseIn(leftMs);
  const sent: unknown[] = [];
  let failure: Error | undefined;
  const look = (): Promise<void> =>
    tellLapsing(host.api, folder, async (_sessionFile, address, { text }) => {
      if (failure) throw failure;
      sent.push([address, text]);
    });
  const fail = (error: Error | undefined): void => void (failure = error);
  return { host, sent, look, lapseIn, fail };
}

describe("a chat whose idle time is nearly over", () => {
  test("is told once, with what keeps it", async () => {
    const { sent, look } = await lapsing(0.5 * HOUR_MS);
    await look();
    await look();
    expect(sent).toEqual([
      [
        ADDRESS,
        expect.stringMatching(
          /OpenClaw will take this chat back from Codex in 30 minutes.*any message/,
        ),
      ],
    ]);
  });

  test("is told again after it was used and fell silent once more", async () => {
    const { sent, look, lapseIn } = await lapsing(0.5 * HOUR_MS);
    await look();
    lapseIn(24 * HOUR_MS);
    await look();
    lapseIn(0.4 * HOUR_MS);
    await look();
    expect(sent).toHaveLength(2);
  });

  test("is told when its channel is back", async () => {
    const { host, sent, look, fail } = await lapsing(0.5 * HOUR_MS);
    fail(new Error("the channel is down"));
    await look();
    expect(host.warnings).toEqual([expect.stringContaining("the channel is down")]);
    fail(undefined);
    await look();
    expect(sent).toHaveLength(1);
  });
});

test.each([
  { what: "without a limit", leftMs: undefined, idleTimeoutMs: 0 },
  { what: "with hours left", leftMs: 2 * HOUR_MS, idleTimeoutMs: 24 * HOUR_MS },
  {
    what: "with over a quarter of a short time left",
    leftMs: 0.5 * HOUR_MS,
    idleTimeoutMs: HOUR_MS,
  },
  { what: "whose time is over", leftMs: -1, idleTimeoutMs: 24 * HOUR_MS },
])("a chat $what is told nothing", async ({ leftMs, idleTimeoutMs }) => {
  const { sent, look } = await lapsing(leftMs, idleTimeoutMs);
  await look();
  expect(sent).toEqual([]);
});
