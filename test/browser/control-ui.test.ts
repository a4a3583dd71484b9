/** What a person sees of the plugin in OpenClaw's Control UI: its page, its settings, and the web chat. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { bindableChannels } from "../../src/chat/abilities.js";
import { channelWords } from "../../src/words/channel-words.js";
import { turnWords } from "../../src/words/turn-words.js";
import { AGENT_ANSWER, type Chain, startChain } from "../support/chain.js";
import { PLUGIN_ID } from "../support/gateway-config.js";
import { asArray, asObject, asString, type JsonObject, parseJson } from "../support/wire-guards.js";
import { ControlUi } from "./control-ui.js";

const PERSON = 5001;
const SECRET = "a-token-that-nobody-may-see";
/** The browser and the gateway share the machine with whatever else runs on it. */
const WAIT = { timeoutMs: 60_000 };
/** High enough for the whole form. */
const FORM_HEIGHT = 4200;

let chain: Chain;
let ui: ControlUi;

beforeAll(async () => {
  chain = await startChain({
    settings: { plugin: { appServer: { authToken: SECRET, headers: { "X-Key": SECRET } } } },
  });
  ui = await ControlUi.open(chain.gateway);
});

afterAll(async () => {
  await ui?.[Symbol.asyncDispose]();
  await chain?.stop();
});

const readJson = async (file: string | URL): Promise<JsonObject> =>
  asObject(parseJson(await readFile(file, "utf8")));

const manifest = await readJson(new URL("../../openclaw.plugin.json", import.meta.url));
const hints = asObject(manifest["uiHints"]);
const hintOf = (name: string): JsonObject => asObject(hints[name]);

/** What is said of each entry of a setting stands in the form once somebody has added one. */
const names = Object.keys(hints).filter((name) => !name.includes("*"));

/** The settings in the form's order, which is the manifest's, each with the words that a person sees. */
const settings = names
  .filter((name) => !names.some((other) => other.startsWith(`${name}.`)))
  .map((name) => {
    const section = name.includes(".") ? hintOf(name.replace(/\..*/, "")) : undefined;
    const labels = [...(section ? [section["label"]] : []), hintOf(name)["label"]];
    return { name, label: labels.join(": "), help: asString(hintOf(name)["help"]) };
  });

const labelOf = (name: string): string =>
  settings.find((setting) => setting.name === name)?.label ?? name;

/** What the bot answers to a command in the person's Telegram chat. */
async function command(text: string): Promise<string> {
  const said = chain.telegram.person.say(PERSON, text);
  return (await chain.telegram.waitForMessage(PERSON, /./, { after: said, ...WAIT })).text;
}

/** The plugin's settings as they stand in OpenClaw's configuration. */
async function saved(): Promise<JsonObject> {
  const { plugins } = await readJson(chain.gateway.configFile);
  return asObject(asObject(asObject(asObject(plugins)["entries"])[PLUGIN_ID])["config"]);
}

function keepWhatIsSeenIfItFails(name: string): void {
  onTestFailed(() => ui.keep(`failed-${name}`));
}

test("its page says what it is, and leads to a form that explains every setting", async () => {
  keepWhatIsSeenIfItFails("settings");
  await ui.visit(`/settings/plugins/${PLUGIN_ID}`);
  await ui.shows(asString(manifest["description"]));
  // It shows the README, and HTML in there as it was typed.
  await ui.page.getByRole("heading", { name: "First chat", exact: true }).waitFor();
  expect(await ui.page.getByRole("main").last().innerText()).not.toMatch(/<!--|<\/?\w+[^<]*>/);
  // It opens larger by a click, so that it is a button to those who look for roles.
  const picture = ui.page.getByRole("main").locator('img[src^="data:image/svg+xml"]').first();
  await picture.waitFor();
  // A broken one has none.
  const width = () => picture.evaluate((image) => "naturalWidth" in image && image.naturalWidth);
  await expect.poll(width, { timeout: WAIT.timeoutMs }).toBeGreaterThan(0);
  const readme = ui.page.locator(".sidebar-markdown").first();
  expect(await readme.locator("p br, li br").count()).toBe(0);
  const links = readme.locator("a");
  const targets = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(targets.length).toBeGreaterThan(2);
  expect(targets.filter((target) => !target?.startsWith("https://"))).toEqual([]);
  await ui.keep("page");
  await ui.page
    .getByRole("main")
    .getByRole("link", { name: "Settings", exact: true })
    .last()
    .click();

  for (const { label, help } of settings) {
    await ui.shows(label);
    await ui.shows(help);
  }
  for (const group of asArray(manifest["configGroups"]).map(asObject)) {
    await ui.page.getByRole("heading", { name: asString(group["title"]), exact: true }).waitFor();
  }
  const lines = (await ui.page.getByRole("main").last().innerText()).split("\n");
  const labels = settings.map(({ label }) => label);
  const shown = new Set(lines.filter((line) => labels.includes(line)));
  expect([...shown]).toEqual(labels);
  await ui.keep("settings", FORM_HEIGHT);
});

test("what is secret is not shown", async () => {
  keepWhatIsSeenIfItFails("secrets");
  await ui.visit(`/settings/plugins/${PLUGIN_ID}?view=settings`);
  const token = ui.page.getByLabel(labelOf("appServer.authToken"), { exact: true });
  await token.waitFor();
  expect(await token.getAttribute("type")).toBe("password");
  const fields = await ui.page
    .locator("input, textarea")
    .evaluateAll((all) => all.map((field) => ("value" in field ? field.value : undefined)));
  expect(fields.length).toBeGreaterThan(5);
  expect(JSON.stringify(fields) + (await ui.page.content())).not.toContain(SECRET);
});

test("a setting that is changed there holds for the chats that are bound already", async () => {
  keepWhatIsSeenIfItFails("change");
  const asked = chain.telegram.person.say(PERSON, "/codexchat bind");
  const prompt = await chain.telegram.waitForMessage(PERSON, /^Plugin bind/, {
    after: asked,
    ...WAIT,
  });
  const allowed = chain.telegram.person.click(prompt, "Allow once");
  await chain.telegram.waitForMessage(PERSON, /^Allowed/, { after: allowed, ...WAIT });
  expect(await command("/codexchat permissions guardian")).toBe(
    turnWords.permissionsTooWide("guardian", "ask"),
  );

  await ui.visit(`/settings/plugins/${PLUGIN_ID}?view=settings`);
  await ui.page.getByRole("radio", { name: "guardian", exact: true }).click();
  const mode = `plugins.entries.${PLUGIN_ID}.config.appServer.mode`;
  await chain.gateway.log.waitFor((line) => line.includes(`hot reload applied (${mode}`), WAIT);
  await ui.keep("changed");

  expect(await saved()).toMatchObject({
    appServer: { mode: "guardian", authToken: SECRET, headers: { "X-Key": SECRET } },
  });
  expect(await command("/codexchat permissions guardian")).toMatch(/^Codex permissions: guardian/);
});

test("the web chat cannot be bound, says so and where to bind instead, and stays the agent's", async () => {
  keepWhatIsSeenIfItFails("web-chat");
  await ui.visit("/chat/main");
  await ui.say("/codexchat bind");
  await ui.shows(
    channelWords
      .cannotBind("OpenClaw's web chat", "web chat", bindableChannels())
      // They are not seen.
      .replaceAll("`", ""),
  );
  await ui.say("Who is there?");
  await ui.shows(AGENT_ANSWER);
  await ui.keep("web-chat");
  // The person's bound chat on Telegram and the web chat are one session of OpenClaw's, and yet two chats.
  expect(await command("Hello from Telegram")).toBe("Hello from Telegram");
  const asked = chain.model.requests.entries.map(({ said }) => said);
  expect(asked).toEqual(["Hello from Telegram"]);
});
