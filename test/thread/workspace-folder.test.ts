import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  checkWorkspaceFolder as check,
  requireWorkspace,
  WorkspaceFolderError,
  type WorkspaceSettings,
} from "../../src/thread/workspace-folder.js";
import { folderRefused } from "../../src/words/folder-words.js";
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

const settings = (roots: string[], more: Partial<WorkspaceSettings> = {}): WorkspaceSettings => ({
  workspaceRoots: roots,
  start: { transport: "stdio" },
  ...more,
});

const checkWorkspaceFolder = (folder: string, roots: string[]): Promise<string> =>
  check(folder, settings(roots), { isTyped: true });

/** The sentence that a folder is refused with. */
async function refusal(folder: string, roots: string[] = []): Promise<string> {
  const error: unknown = await checkWorkspaceFolder(folder, roots).catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkspaceFolderError)) throw new Error(`not refused: ${String(error)}`);
  return folderRefused(error);
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
    expect(await checkWorkspaceFolder("~/project", [])).toBe(at("allowed", "project"));
    expect(await refusal("~")).toMatch(/home folder/);
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

/** Why a folder cannot be worked in when a turn begins. */
async function verdict(folder: string, given: WorkspaceSettings): Promise<string> {
  try {
    await requireWorkspace(folder, given);
    return "allowed";
  } catch (error) {
    return error instanceof WorkspaceFolderError ? error.code : String(error);
  }
}

describe("when a turn begins", () => {
  test("a folder that has become a link out of the roots is refused", async () => {
    const at = await folders();
    const given = settings([at("allowed")]);
    expect(await verdict(at("allowed", "project"), given)).toBe("allowed");
    await rm(at("allowed", "project"), { recursive: true });
    await symlink(at("elsewhere"), at("allowed", "project"));
    expect(await verdict(at("allowed", "project"), given)).toBe("outside");
    expect(await verdict(at("allowed", "project", "not-yet-there"), given)).toBe("outside");
  });

  test("the operator's own default folder will do wherever it lies, and nothing in it", async () => {
    const at = await folders();
    const given = settings([at("allowed")], { defaultWorkspaceDir: at("elsewhere") });
    expect(await verdict(at("elsewhere"), given)).toBe("allowed");
    expect(await verdict(at("elsewhere", "secret"), given)).toBe("outside");
  });

  test("a folder that is not here goes by its name", async () => {
    const at = await folders();
    expect(await verdict(at("far", "away"), settings([at("far")]))).toBe("allowed");
    expect(await verdict(at("far", "..", "elsewhere"), settings([at("far")]))).toBe("outside");
  });
});

const far = (roots: string[]) => settings(roots, { start: { transport: "websocket" } });

describe("behind a WebSocket", () => {
  test.each([
    ["/srv/project", "allowed"],
    ["/srv", "allowed"],
    ["/", "operators"],
    ["/srv/..", "operators"],
    ["/srv/../etc", "outside"],
    ["/srv-too", "outside"],
    ["C:\\project", "outside"],
  ])("a folder is held against the roots by its name: %s is %s", async (folder, expected) => {
    expect(await verdict(folder, far(["/srv"]))).toBe(expected);
  });

  test.each([
    ["C:\\project", "allowed"],
    ["C:\\", "operators"],
    ["/", "operators"],
  ])("without roots %s is %s", async (folder, expected) => {
    expect(await verdict(folder, far([]))).toBe(expected);
  });

  test("a folder need not be on this machine, but links of this machine count", async () => {
    const at = await folders();
    const typed = { isTyped: true };
    expect(await check("/srv/project", far(["/srv"]), typed)).toBe("/srv/project");
    await expect(check("project", far([]), typed)).rejects.toMatchObject({ code: "relative" });
    expect(await verdict(at("allowed", "way-out"), far([at("allowed")]))).toBe("outside");
  });
});

/** A home with a project, OpenClaw's state and Codex's in it; the configuration lies by itself. */
async function places() {
  const base = await temporaryFolder();
  const at = (...parts: string[]): string => path.join(base, ...parts);
  await mkdir(at("home", "project"), { recursive: true });
  await mkdir(at("home", ".openclaw", "workspace"), { recursive: true });
  await mkdir(at("home", ".codex", "worktrees"), { recursive: true });
  await mkdir(at("etc", "beside"), { recursive: true });
  await writeFile(at("etc", "openclaw.json"), "{}");
  await symlink(at("home", ".openclaw"), at("home", "project", "way-in"));
  vi.stubEnv("HOME", at("home"));
  vi.stubEnv("OPENCLAW_STATE_DIR", at("home", ".openclaw"));
  vi.stubEnv("OPENCLAW_CONFIG_PATH", at("etc", "openclaw.json"));
  vi.stubEnv("CODEX_HOME", at("home", ".codex"));
  onTestFinished(() => void vi.unstubAllEnvs());
  return at;
}

describe("the operator's own places", () => {
  test.each([
    "",
    "home",
    "home/",
    "home/.openclaw",
    "home/.openclaw/workspace",
    "home/.openclaw/not-yet-there",
    "home/project/..",
    "home/project/way-in",
    "home/project/way-in/workspace",
    "home/.codex",
    "home/.codex/worktrees",
    "etc",
  ])("are no workspace, by whatever path: %j", async (folder) => {
    const at = await places();
    expect(await verdict(`${at()}/${folder}`, settings([]))).toBe("operators");
    expect(await verdict(`${at()}/${folder}`, settings([at()]))).toBe("operators");
    const byDefault = settings([], { defaultWorkspaceDir: `${at()}/${folder}` });
    expect(await verdict(`${at()}/${folder}`, byDefault)).toBe("operators");
  });

  test.each(["home/project", "etc/beside", "home/.openclaw-project", "home/not-yet-there"])(
    "do not keep a chat from what lies beside them: %s",
    async (folder) => {
      const at = await places();
      expect(await verdict(at(folder), settings([]))).toBe("allowed");
    },
  );

  test("and the top of the file system", async () => {
    expect(await verdict("/", settings([]))).toBe("operators");
    expect(await verdict("/tmp/..", settings([]))).toBe("operators");
  });
});
