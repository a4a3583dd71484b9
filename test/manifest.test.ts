/** openclaw.plugin.json, which the host reads and enforces before it loads the plugin. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { asRecord } from "../src/app-server/json.js";
import { manifestConfigSchema } from "../src/host/plugin-config.js";
import { PLUGIN_ID } from "../src/host/plugin-host.js";
import { asArray } from "./support/wire-guards.js";

const readJson = async (name: string): Promise<Record<string, unknown>> =>
  asRecord(JSON.parse(await readFile(new URL(`../${name}`, import.meta.url), "utf8"))) ?? {};

/** The settings that a schema names, sections included, as `section.setting`. */
function settingsOf(schema: unknown, prefix = ""): string[] {
  const properties = asRecord(asRecord(schema)?.properties) ?? {};
  return Object.entries(properties).flatMap(([name, inner]) => [
    `${prefix}${name}`,
    ...settingsOf(inner, `${prefix}${name}.`),
  ]);
}

test("the manifest's schema is the source's", async () => {
  expect((await readJson("openclaw.plugin.json")).configSchema).toEqual(manifestConfigSchema());
});

test("every setting has a hint, and every hint is a setting's", async () => {
  const { uiHints } = await readJson("openclaw.plugin.json");
  // What a named server's settings mean stands with appServer's; only its secrets have a hint of their own.
  const hints = Object.keys(asRecord(uiHints) ?? {}).filter((name) => !name.includes("*"));
  expect(hints.toSorted()).toEqual(settingsOf(manifestConfigSchema()).toSorted());
});

test("the settings of a section have their place in the form in the order of their hints", async () => {
  const hints = asRecord((await readJson("openclaw.plugin.json")).uiHints) ?? {};
  const placesOf = new Map<string, unknown[]>();
  for (const [name, hint] of Object.entries(hints)) {
    const [section = "", setting] = name.split(".");
    if (setting === undefined || setting === "*") continue;
    placesOf.set(section, [...(placesOf.get(section) ?? []), asRecord(hint)?.order]);
  }
  expect(placesOf.size).toBeGreaterThan(1);
  for (const places of placesOf.values()) {
    expect(places).toEqual(places.map((_, index) => index + 1));
  }
});

test("every setting is in one group of the form", async () => {
  const { configGroups, configSchema } = await readJson("openclaw.plugin.json");
  const grouped = asArray(configGroups).flatMap((group) => asArray(asRecord(group)?.properties));
  const settings = Object.keys(asRecord(asRecord(configSchema)?.properties) ?? {});
  expect(grouped).toHaveLength(settings.length);
  expect(grouped).toEqual(expect.arrayContaining(settings));
});

test("every hint has a label, and what is secret is marked as sensitive", async () => {
  const hints = asRecord((await readJson("openclaw.plugin.json")).uiHints) ?? {};
  const sensitive = Object.entries(hints).filter(([, hint]) => asRecord(hint)?.sensitive === true);
  expect(sensitive.map(([name]) => name)).toEqual([
    "appServer.authToken",
    "appServer.headers",
    "servers.*.authToken",
    "servers.*.headers",
  ]);
  for (const hint of Object.values(hints)) {
    expect(hint).toMatchObject({ label: expect.stringMatching(/\S/) });
  }
});

test("the manifest's id is the one that the code uses", async () => {
  expect((await readJson("openclaw.plugin.json")).id).toBe(PLUGIN_ID);
});

test("the slash command is known to the host before the plugin runs", async () => {
  expect(await readJson("openclaw.plugin.json")).toMatchObject({
    activation: { onCommands: ["codexchat"] },
    commandAliases: [{ name: "codexchat" }],
  });
});
