/** Messages whose way cannot be noted, since the disk is full. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type * as privateFiles from "../../src/host/private-files.js";
import { boundChat } from "../support/conversation/bound-chat.js";
import { until } from "../support/conversation/settled.js";

const disk = vi.hoisted(() => ({ isFull: false, refused: 0, synced: [] as string[] }));

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("../../src/host/private-files.js", async (importOriginal) => {
  const original = await importOriginal<typeof privateFiles>();
  return {
    ...original,
    appendPrivateFile: async (
      file: string,
      text: string,
      how: Parameters<typeof original.appendPrivateFile>[2],
    ) => {
      const isInbox = file.includes(".inbox");
      if (!disk.isFull || !isInbox) {
        if (how.synced && isInbox) disk.synced.push(text);
        return original.appendPrivateFile(file, text, how);
      }
      disk.refused += 1;
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    },
  };
});

/** What is stored of a message that is not answered. */
async function storedOf(
  { sessionFile }: { sessionFile: string },
  text: string,
): Promise<string | undefined> {
  const folder = `${sessionFile}.inbox`;
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const contents = names.map((name) => readFile(path.join(folder, name), "utf8").catch(() => ""));
  return (await Promise.all(contents)).find((content) => content.includes(text));
}

test("that a message was given to Codex is noted as soon as the disk has room again", async () => {
  const warnings: string[] = [];
  const { codex, chat, say } = await boundChat({}, (text) => void warnings.push(text));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  await say("Look around.");
  await say("Build it.");
  const first = await codex.turn(2);
  await until(async () => (await storedOf(chat, "Look around."))?.includes("turn-2") === true);
  disk.isFull = true;
  first.reply("I have.");
  const turn = await codex.turn(3);
  // As begun, and with its turn.
  await until(() => disk.refused === 2);
  expect(await storedOf(chat, "Build it.")).not.toContain("running");
  await vi.advanceTimersByTimeAsync(1000);
  await until(() => disk.refused === 3);
  disk.isFull = false;
  disk.synced = [];
  await until(async () => {
    await vi.advanceTimersByTimeAsync(1000);
    return (await storedOf(chat, "Build it."))?.includes(turn.turnId) === true;
  });
  expect(disk.synced).toEqual([expect.stringContaining('"name":"running"')]);
  expect(warnings).toEqual(Array(2).fill(expect.stringContaining("could not be stored")));
  turn.reply("Built.");
});
