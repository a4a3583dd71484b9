/** Skills of the real Codex: listed for a folder, and given to the model with a message that names one. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { RealCodex } from "../support/app-server/real-codex.js";

const OPTIONS = { timeoutMs: 60_000 };
const INSTRUCTIONS = "Write the release notes in rhyme.";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
  const folder = path.join(codex.home, "skills", "release-notes");
  await mkdir(folder, { recursive: true });
  const head = "---\nname: release-notes\ndescription: Writes release notes.\n---\n";
  await writeFile(path.join(folder, "SKILL.md"), `${head}\n${INSTRUCTIONS}\n`);
});

afterEach(async () => {
  await codex.dispose();
});

test("a skill is listed, and its instructions come with the message that runs it", async () => {
  const user = await codex.start();
  const threadId = await user.startThread();
  const listed = await callCodex(
    user.client,
    METHODS.listSkills,
    { cwds: [codex.workspace] },
    OPTIONS,
  );
  const skill = listed.find(({ name }) => name === "release-notes");
  expect(skill).toMatchObject({ description: "Writes release notes." });
  const input = [
    { type: "text", text: "$release-notes for 0.2.0", text_elements: [] },
    { type: "skill", name: skill?.name, path: skill?.path },
  ];
  const cwd = codex.workspace;
  await callCodex(user.client, METHODS.startTurn, { threadId, input, cwd }, OPTIONS);
  const { body } = await codex.api.requests.waitFor(() => true);
  const given = JSON.stringify(body["input"]);
  expect(given).toContain("$release-notes for 0.2.0");
  expect(given).toContain(INSTRUCTIONS);
});
