import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const skill = (name: string, more: object = {}) => ({
  name,
  description: `What ${name} does. @everyone`,
  path: `/home/.codex/skills/${name}/SKILL.md`,
  enabled: true,
  ...more,
});

/** A chat in whose folder Codex has these skills. */
async function withSkills(skills: readonly object[] = [skill("notes"), skill("Lint")]) {
  const all = await boundCommands({ cwd: "/repo" });
  messagesOn(all.host);
  all.codex.answer("skills/list", () => ({ data: [{ cwd: "/repo", skills, errors: [] }] }));
  return all;
}

describe("skills", () => {
  test("lists those of the thread's folder that are switched on, in words that mention nobody", async () => {
    const { codex, say } = await withSkills([skill("notes"), skill("off", { enabled: false })]);
    const text = await say("skills");
    expect(text).toMatch(/^Skills:\n• notes: What notes does\. /);
    expect(text).not.toContain("off");
    expect(text).not.toContain("@everyone");
    expect(codex.only("skills/list").params).toEqual({ cwds: ["/repo"] });
  });

  test("says if there are none, or none of a name", async () => {
    const { say } = await withSkills([]);
    expect(await say("skills")).toBe("Codex has no skills here.");
    expect(await say("skills notes")).toMatch(/^Codex has no skill named notes\./);
  });

  test.each([
    {
      typed: "skills notes for 0.2.0\nin short",
      name: "notes",
      text: "$notes for 0.2.0\nin short",
    },
    { typed: "skills lint", name: "Lint", text: "$Lint" },
  ])("run as a message that names the skill and brings it along: $typed", async (expected) => {
    const { codex, host, say } = await withSkills();
    const { typed, name, text } = expected;
    expect(await say(typed)).toBe(`Codex runs the skill ${name}.`);
    const turn = await codex.turn();
    expect(turn.params["input"]).toEqual([
      { type: "text", text, text_elements: [] },
      { type: "skill", name, path: `/home/.codex/skills/${name}/SKILL.md` },
    ]);
    turn.reply("Done.");
    await host.delivered();
  });
});
