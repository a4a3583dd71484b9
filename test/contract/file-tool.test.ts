/** The tool by which the real Codex's model sends a file: offered from the thread's start, called, and told what came of it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveCodexAppServerRuntimeOptions } from "../../src/app-server/config.js";
import { forkThread, resumeThread, startThread } from "../../src/thread/thread.js";
import { settingsOfBinding } from "../../src/thread/thread-settings.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { says } from "../support/responses-api.js";
import type { ModelRequest } from "../support/model-request.js";

const WITHIN_MS = 60_000;

const settingsWith = (appServer: object): ReturnType<typeof settingsOfBinding> =>
  settingsOfBinding({}, resolveCodexAppServerRuntimeOptions({ pluginConfig: { appServer } }));
const HERE = settingsWith({});
const FAR = settingsWith({ transport: "websocket", url: "ws://far.example:1/" });

const isOffered = ({ tools }: ModelRequest): boolean =>
  tools.some(({ name }) => name === "send_file");

describe.each(codexTraits.models)("%s", (model) => {
  let codex: RealCodex;

  beforeEach(async () => {
    codex = await RealCodex.prepare(model);
  });

  afterEach(async () => {
    await codex.dispose();
  });

  const start = ({ client }: CodexUser): Promise<{ threadId: string }> =>
    startThread(client, codex.workspace, HERE, WITHIN_MS);

  test("is called with a path, and told what came of it, be that a refusal", async () => {
    const answers = [
      { text: ".env is hidden.", success: false },
      { text: "Sent: a.txt (1 B).", success: true },
    ];
    const call = { do: "call", name: "send_file", args: { path: "a.txt" } } as const;
    codex.api.script = () => [call, call, says("Done.")];
    const user = await codex.start();
    const asked: unknown[] = [];
    user.client.addRequestHandler(({ method, params }) => {
      asked.push({ method, params });
      const { text = "", success = false } = answers[asked.length - 1] ?? {};
      return { contentItems: [{ type: "inputText", text }], success };
    });
    const { threadId } = await start(user);
    const { id } = await user.runTurn(threadId, "send it");
    const about = { threadId, turnId: id, tool: "send_file", arguments: { path: "a.txt" } };
    const callId = expect.any(String);
    expect(asked).toEqual(
      answers.map(() => ({
        method: "item/tool/call",
        params: expect.objectContaining({ ...about, callId, namespace: null }),
      })),
    );
    const told = codex.api.requests.entries.map(({ toolOutputs }) => toolOutputs.join("\n"));
    expect(told.some((outputs) => outputs.includes(".env is hidden."))).toBe(true);
    expect(told.some((outputs) => outputs.includes("Sent: a.txt (1 B)."))).toBe(true);
  });

  test("belongs to the thread: a resume in another process keeps it, and so does a copy", async () => {
    const user = await codex.start();
    const { threadId } = await start(user);
    await user.runTurn(threadId, "first");
    await user.client.close();
    const again = await codex.start();
    await resumeThread(again.client, threadId, HERE, WITHIN_MS);
    await again.runTurn(threadId, "second");
    const copy = await forkThread(again.client, { threadId }, HERE, WITHIN_MS);
    await again.runTurn(copy.threadId, "third");
    const requests = codex.api.requests.entries;
    expect(requests.map(({ said }) => said)).toEqual(["first", "second", "third"]);
    expect(requests.map(isOffered)).toEqual([true, true, true]);
  });

  test("is not offered on a Codex of another machine", async () => {
    const user = await codex.start();
    const { threadId } = await startThread(user.client, codex.workspace, FAR, WITHIN_MS);
    await user.runTurn(threadId, "first");
    expect(codex.api.requests.entries.map(isOffered)).toEqual([false]);
  });
});
