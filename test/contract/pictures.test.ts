/** When Codex has unpacked a picture that it was given, on which the bound for the pictures of all chats rests. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RealCodex } from "../support/app-server/real-codex.js";
import { png } from "../support/pictures.js";
import { asObject, asString } from "../support/wire-guards.js";

const MEGABYTE = 1024;

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(() => codex.dispose());

/** The most memory that a process has had so far, in kilobytes. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
}

test("the person's message is shown when its pictures are unpacked, one after another", async () => {
  const user = await codex.start();
  const threadId = await user.startThread();
  const files = ["one.png", "other.png"].map((name) => join(codex.workspace, name));
  await Promise.all(files.map((file, index) => writeFile(file, png(5000, 4000 + index))));
  const before = await peakOf(user.pid);
  const begun = user.request("turn/start", {
    threadId,
    input: [
      { type: "text", text: "look", text_elements: [] },
      ...files.map((path) => ({ type: "localImage", path })),
    ],
  });
  await user.heard.waitFor(
    ({ method, params }) =>
      method === "item/started" && asObject(params["item"])["type"] === "userMessage",
  );
  const shown = await peakOf(user.pid);
  const turnId = asString(asObject((await begun)["turn"])["id"]);
  await user.hears("turn/completed", turnId);
  const after = await peakOf(user.pid);
  expect(codex.api.requests.entries.at(-1)?.images).toBe(2);
  // One takes 160 MB.
  expect(shown - before).toBeGreaterThan(80 * MEGABYTE);
  expect(shown - before).toBeLessThan(260 * MEGABYTE);
  expect(after - shown).toBeLessThan(40 * MEGABYTE);
});
