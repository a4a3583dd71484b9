/** Files that a person sends with the words `put it in …`. */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { claimInboundMessage } from "../../src/inbound-claim.js";
import { hostBinding, message } from "../support/conversation/chat.js";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesThrough } from "../support/conversation/messages.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

const ID = "---0f1e2d3c-aaaa-bbbb-cccc-0123456789ab";

async function withFolder(binding: Parameters<typeof boundCommands>[0] = {}) {
  const root = await temporaryFolder();
  const cwd = path.join(root, "work");
  await mkdir(path.join(cwd, "docs"), { recursive: true });
  await mkdir(path.join(cwd, ".git", "hooks"), { recursive: true });
  await mkdir(path.join(root, "other"));
  await symlink(path.join(root, "other"), path.join(cwd, "link"));
  const inbound = await temporaryFolder();
  const report = path.join(inbound, `report${ID}.pdf`);
  await writeFile(report, "pages");
  const all = await boundCommands({ cwd, ...binding });
  const { host, chat } = all;
  const messages = messagesThrough(host);
  const accepted = vi.spyOn(messages, "accept").mockResolvedValue();
  const send = async (
    caption: string,
    media: Record<string, string>[] = [{ path: report, contentType: "application/pdf" }],
  ): Promise<string | undefined> => {
    const event = message(caption, { media, metadata: { originatingTo: "telegram:7" } });
    const ctx = { channelId: "telegram", pluginBinding: hostBinding(chat.data) };
    return (await claimInboundMessage(host.api, messages, event, ctx))?.reply?.text;
  };
  return { ...all, root, cwd, report, send, accepted };
}

describe("a file with the words put it in", () => {
  test.each(["put it in docs/", "Put it into docs.", "put it in ./docs"])(
    "is saved there under its own name: %s",
    async (caption) => {
      const { cwd, send, accepted } = await withFolder();
      expect((await send(caption))?.replaceAll("\u2060", "")).toMatch(/^Saved: docs\/report\.pdf/);
      expect(await readFile(path.join(cwd, "docs", "report.pdf"), "utf8")).toBe("pages");
      expect(accepted).not.toHaveBeenCalled();
    },
  );

  test("overwrites nothing", async () => {
    const { cwd, send } = await withFolder();
    await writeFile(path.join(cwd, "docs", "report.pdf"), "old");
    await send("put it in docs/");
    expect((await readdir(path.join(cwd, "docs"))).toSorted()).toEqual([
      "report-2.pdf",
      "report.pdf",
    ]);
    expect(await readFile(path.join(cwd, "docs", "report.pdf"), "utf8")).toBe("old");
  });

  test.each([
    ["..", "inside this thread's folder"],
    ["link", "inside this thread's folder"],
    ["/etc", "inside this thread's folder"],
    [".git/hooks", "hidden folder"],
    ["nowhere", "There is no folder"],
  ])("is not put into %s", async (folder, reason) => {
    const { root, cwd, send } = await withFolder();
    expect(await send(`put it in ${folder}`)).toContain(reason);
    const places = [root, path.join(root, "other"), path.join(cwd, ".git", "hooks")];
    const names = (await Promise.all(places.map((place) => readdir(place)))).flat();
    expect(names.filter((name) => name.startsWith("report"))).toEqual([]);
  });

  test("is not put anywhere by a chat that is read-only", async () => {
    const { cwd, send } = await withFolder({ sandbox: "read-only" });
    expect(await send("put it in docs/")).toContain("read-only");
    expect(await readdir(path.join(cwd, "docs"))).toEqual([]);
  });

  test.each([
    ["other words", "put this into docs/", undefined],
    ["no file", "put it in docs/", []],
    [
      "a sound, whose words these may be",
      "put it in docs/",
      [{ path: "/a.ogg", contentType: "audio/ogg" }],
    ],
  ])("is Codex's with %s", async (_, caption, media) => {
    const { cwd, send } = await withFolder();
    await send(caption, media);
    expect(await readdir(path.join(cwd, "docs"))).toEqual([]);
  });
});
