import { readdir, utimes } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import plugin from "../src/index.js";
import { writeOut } from "../src/chat/outgoing-files.js";
import { PLUGIN_ID } from "../src/host/plugin-host.js";
import { ScriptedHost } from "./support/conversation/host.js";
import { temporaryFolder } from "./support/conversation/temporary-folder.js";

type Api = Parameters<typeof plugin.register>[0];
type Service = Parameters<Api["registerService"]>[0];

/** What the plugin registers in this mode. */
async function registered(
  registrationMode: string,
  without: Partial<Record<keyof Api, undefined>> = {},
) {
  const { api, stateDir } = new ScriptedHost(await temporaryFolder());
  const names: string[] = [];
  const hooks = new Map<string, () => Promise<void>>();
  const note =
    (name: string) =>
    (what: unknown): void =>
      void names.push(typeof what === "string" ? `${name} ${what}` : name);
  const scripted: unknown = {
    ...api,
    registrationMode,
    on: (name: string, hook: () => Promise<void>) => {
      note("hook")(name);
      hooks.set(name, hook);
    },
    registerCommand: ({ name }: { name: string }) => note("command")(name),
    registerReload: note("reload"),
    registerCli: (_: unknown, { descriptors }: { descriptors: { name: string }[] }) =>
      note("cli")(descriptors.map(({ name }) => name).join()),
    registerGatewayMethod: note("gateway method"),
    registerInteractiveHandler: note("buttons"),
    onConversationBindingResolved: note("binding resolved"),
    registerService: (service: Service) => {
      note("service")(service.id);
    },
    ...without,
  };
  if (!isApi(scripted)) throw new Error("the scripted api is none");
  plugin.register(scripted);
  return { names, hooks, stateDir };
}

function isApi(value: unknown): value is Api {
  return typeof value === "object" && value !== null && "registerCommand" in value;
}

test("the plugin goes by the manifest's id", () => {
  expect(plugin.id).toBe(PLUGIN_ID);
});

describe("registration", () => {
  test("in full mode takes command, hook, decisions, settings and a service", async () => {
    const { names } = await registered("full");
    for (const name of [
      "command codexchat",
      "hook inbound_claim",
      "binding resolved",
      "reload",
      "buttons",
      "cli codexchat",
      "gateway method codexchat.list",
      `service ${PLUGIN_ID}`,
    ]) {
      expect(names).toContain(name);
    }
  });

  test.each(["discovery", "tool-discovery", "cli-metadata", "setup-only"])(
    "in mode %s shows the commands alone: a second hook would answer beside the first",
    async (mode) => {
      const { names } = await registered(mode);
      expect(names).toEqual(["command codexchat", "cli codexchat"]);
    },
  );

  test("does without a terminal's commands on a host that takes none", async () => {
    const without = { registerCli: undefined, registerGatewayMethod: undefined };
    const { names } = await registered("full", without);
    expect(names).toContain(`service ${PLUGIN_ID}`);
  });
});

test("the gateway's start sweeps away copies of files that a crash left", async () => {
  const { hooks, stateDir } = await registered("full");
  const old = await writeOut(stateDir, "old.diff", "text");
  const anHourAgo = Date.now() / 1000 - 3700;
  await utimes(old.folder, anHourAgo, anHourAgo);
  await hooks.get("gateway_start")?.();
  expect(await readdir(path.dirname(old.folder))).toEqual([]);
});
