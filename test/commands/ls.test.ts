/** Files of a thread's folder: listed, and folders packed to be sent. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { crc32, inflateRawSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import type { Channel } from "../support/conversation/host.js";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** The files of an archive, read from the directory at its end, as programs do. */
function unzipped(archive: Buffer): Record<string, string> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const files: Record<string, string> = {};
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [sum, packed] = [archive.readUInt32LE(at + 16), archive.readUInt32LE(at + 20)];
    const label = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + label);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26);
    const data = inflateRawSync(archive.subarray(start, start + packed));
    expect(crc32(data)).toBe(sum);
    files[name] = data.toString("utf8");
    at += 46 + label;
  }
  return files;
}

/** A thread in a folder with files, folders, and a link that leads out. */
async function withFiles() {
  const root = await temporaryFolder();
  const cwd = path.join(root, "work");
  await mkdir(path.join(cwd, "docs", "deep"), { recursive: true });
  await mkdir(path.join(cwd, ".git"));
  await writeFile(path.join(cwd, ".git", "config"), "secret");
  await writeFile(path.join(cwd, "read me.txt"), "hello");
  await writeFile(path.join(cwd, "docs", "a.txt"), "one");
  await writeFile(path.join(cwd, "docs", "deep", "empty.txt"), "");
  await writeFile(path.join(root, "outside.txt"), "not yours");
  await symlink(path.join(root, "outside.txt"), path.join(cwd, "docs", "link.txt"));
  await symlink(root, path.join(cwd, "up"));
  const all = await boundCommands({ cwd });
  const { host } = all;
  messagesOn(host);
  const sent: Record<string, string>[] = [];
  const channel: Channel = {
    sendMedia: async ({ mediaUrl }) => {
      const file = String(mediaUrl);
      sent.push({ file: path.basename(file), ...unzipped(await readFile(file)) });
      return { messageId: "1" };
    },
  };
  host.channels.set("telegram", channel);
  host.channelConfig = { telegram: { capabilities: { inlineButtons: "off" } } };
  return { ...all, root, cwd, sent };
}

describe("ls", () => {
  test("is a numbered list where there are no buttons, folders before files, without links", async () => {
    const { say } = await withFiles();
    const lines = async (command: string): Promise<string[]> =>
      (await say(command)).replaceAll("\u2060", "").split("\n");
    expect(await lines("ls")).toEqual([
      "The thread's folder. A file that you choose is sent here.",
      "",
      "1  📁 .git",
      "2  📁 docs",
      "3  read me.txt",
      "4  Send this folder as a zip",
      "5  ‹ Back",
      "Reply with a number.",
    ]);
    expect((await lines("ls docs")).slice(2, 4)).toEqual(["1  📁 deep", "2  a.txt"]);
  });

  test("sends what is chosen from the list by its number", async () => {
    const { say, sent } = await withFiles();
    await say("ls");
    expect((await say("2")).replaceAll("\u2060", "")).toContain("2  a.txt");
    expect(await say("3")).toMatch(/^Sent: docs/);
    expect(sent[0]?.["docs/a.txt"]).toBe("one");
  });

  test.each(["..", "up", "/etc", "docs/../.."])("tells nothing of %s", async (named) => {
    const { say } = await withFiles();
    const text = await say(`ls ${named}`);
    expect(text).toContain("Only files inside this thread's folder");
    expect(text).not.toContain("outside.txt");
  });

  test("says that there is no such folder", async () => {
    const { say } = await withFiles();
    expect(await say("ls nothing")).toMatch(/^There is no folder nothing in /);
    expect(await say("ls docs/a.txt")).toMatch(/^There is no folder docs/);
  });

  test("has a button for each where the channel has buttons", async () => {
    const { host, reply } = await withFiles();
    host.channelConfig = {};
    host.version = "2026.6.11";
    const { text, presentation } = await reply("ls");
    expect(text).toBe("The thread's folder. A file that you choose is sent here.");
    const labels = (presentation?.blocks ?? []).flatMap((block) =>
      block.type === "buttons"
        ? [block.buttons.map(({ label }) => label.replaceAll("\u2060", ""))]
        : [],
    );
    expect(labels).toEqual([
      ["📁 .git", "📁 docs"],
      ["read me.txt"],
      ["Send this folder as a zip"],
      ["‹ Back"],
    ]);
  });
});

describe("send", () => {
  test("packs a folder as a zip, without links and git's own files", async () => {
    const { say, sent } = await withFiles();
    expect(await say("send .")).toMatch(/^Sent: work/);
    expect(sent).toEqual([
      {
        file: "work.zip",
        "work/read me.txt": "hello",
        "work/docs/a.txt": "one",
        "work/docs/deep/empty.txt": "",
      },
    ]);
  });

  test("says that a folder has no files, and that one is too large", async () => {
    const { cwd, say, sent } = await withFiles();
    await mkdir(path.join(cwd, "bare"));
    expect(await say("send bare")).toBe("The folder bare has no files.");
    await mkdir(path.join(cwd, "many"));
    const names = Array.from({ length: 2001 }, (_, index) => path.join(cwd, "many", `f${index}`));
    await Promise.all(names.map((name) => writeFile(name, "x")));
    expect(await say("send many")).toMatch(/^The folder many is too large to be sent\./);
    expect(sent).toEqual([]);
  });

  test("packs nothing of a folder outside", async () => {
    const { say, sent } = await withFiles();
    expect(await say("send up")).toContain("Only files inside this thread's folder");
    expect(await say("send ..")).toContain("Only files inside this thread's folder");
    expect(sent).toEqual([]);
  });
});
