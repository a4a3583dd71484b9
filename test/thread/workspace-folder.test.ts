import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { checkWorkspaceFolder, WorkspaceFolderError } from "../../src/thread/workspace-folder.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

/** `allowed/project`, `allowed-too`, `elsewhere`, and links between them. */
async function folders() {
  const base = await temporaryFolder();
  const at = (...parts: string[]): string => path.join(base, ...parts);
  await mkdir(at("allowed", "project"), { recursive: true });
  await mkdir(at("allowed-too"));
  await mkdir(at("elsewhere", "secret"), { recursive: true });
  await symlink(at("elsewhere"), at("allowed", "way-out"));
  await symlink(at("allowed", "project"), at("elsewhere", "way-in"));
  await symlink(at("allowed"), at("alias"));
  await writeFile(at("allowed", "file"), "");
  return at;
}

/** The sentence that a folder is refused with. */
async function refusal(folder: string, roots: string[] = []): Promise<string> {
  const error: unknown = await checkWorkspaceFolder(folder, roots).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WorkspaceFolderError);
  return error instanceof Error ? error.message : "";
}

describe("without roots", () => {
  test("any folder will do, by its real path", async () => {
    const at = await folders();
    expect(await checkWorkspaceFolder(at("elsewhere", "way-in"), [])).toBe(
      at("allowed", "project"),
    );
    expect(await checkWorkspaceFolder(` ${at("allowed")}/ `, [])).toBe(at("allowed"));
  });

  test("~ is the home folder", async () => {
    const at = await folders();
    vi.stubEnv("HOME", at("allowed"));
    expect(await checkWorkspaceFolder("~", [])).toBe(at("allowed"));
    expect(await checkWorkspaceFolder("~/project", [])).toBe(at("allowed", "project"));
    vi.unstubAllEnvs();
  });

  test("a folder that does not exist is refused, with what to do", async () => {
    const at = await folders();
    expect(await refusal(at("nowhere"))).toMatch(/does not exist.*--cwd/);
  });

  test("a file is no folder", async () => {
    const at = await folders();
    expect(await refusal(at("allowed", "file"))).toMatch(/does not exist/);
  });

  test.each(["project", "./project", "../x", "~other/project", "", " "])(
    "a folder that is not absolute is refused: %j",
    async (folder) => {
      expect(await refusal(folder)).toMatch(/absolute/);
    },
  );

  test("the refusal mentions and links nothing", async () => {
    expect(await refusal("/@everyone/https://evil.example")).not.toMatch(/@everyone|:\/\//);
  });
});

describe("with roots", () => {
  test("a folder inside one of them will do, and the root itself", async () => {
    const at = await folders();
    const roots = [at("nowhere"), at("allowed")];
    expect(await checkWorkspaceFolder(at("allowed", "project"), roots)).toBe(
      at("allowed", "project"),
    );
    expect(await checkWorkspaceFolder(at("allowed"), roots)).toBe(at("allowed"));
  });

  test("a link that leads into them will do, and a root that is a link itself", async () => {
    const at = await folders();
    expect(await checkWorkspaceFolder(at("elsewhere", "way-in"), [at("alias")])).toBe(
      at("allowed", "project"),
    );
  });

  test.each([
    ".",
    "elsewhere",
    "allowed/way-out",
    "allowed/way-out/secret",
    "allowed/../elsewhere",
    "allowed-too",
  ])("a folder that really lies outside is refused: %s", async (folder) => {
    const at = await folders();
    expect(await refusal(`${at()}/${folder}`, [at("allowed")])).toMatch(/outside.*workspaceRoots/);
  });

  test("what exists outside them cannot be told from what does not", async () => {
    const at = await folders();
    const said = async (name: string): Promise<string> =>
      (await refusal(at("elsewhere", name), [at("allowed")])).replace(name, "NAME");
    expect(await said("nothing-here")).toBe(await said("secret"));
  });

  test("that do not exist let nothing through", async () => {
    const at = await folders();
    expect(await refusal(at("allowed"), [at("nowhere")])).toMatch(/outside/);
  });

  test("a folder whose name starts with two dots is inside", async () => {
    const at = await folders();
    await mkdir(at("allowed", "..hidden"));
    expect(await checkWorkspaceFolder(at("allowed", "..hidden"), [at("allowed")])).toBe(
      at("allowed", "..hidden"),
    );
  });
});
