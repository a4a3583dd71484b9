/**
 * Where a bound chat's session lies now. OpenClaw stores the whole path of it with the chat; a state folder that was
 * moved, or restored on another machine, has another.
 */
import { lstat } from "node:fs/promises";
import path from "node:path";
import type { CodexConversationBindingData } from "./binding-data.js";
import type { PluginHost } from "./plugin-host.js";
import { conversationsFolder } from "./state.js";

/** What is there of a session that has been bound. */
const FILES = [".codex-app-server.json", ".detached", ".inbox"] as const;

const OTHERS_MAY_WRITE = 0o022;

/**
 * The same data with the session file below the state folder in use. A path elsewhere is used only where nothing of
 * the session is in that folder, and what lies there is this user's own, which nobody else may write.
 */
export async function inUsedFolder(
  host: Pick<PluginHost, "runtime">,
  data: CodexConversationBindingData,
): Promise<CodexConversationBindingData> {
  const folder = conversationsFolder(host.runtime.state.resolveStateDir());
  const sessionFile = path.join(folder, nameOf(data.sessionFile));
  if (sessionFile === data.sessionFile) return data;
  const usesStored = !(await hasSession(sessionFile)) && (await hasSession(data.sessionFile));
  return usesStored ? data : { ...data, sessionFile };
}

/** The last part of a path, which another system can have written. */
function nameOf(file: string): string {
  const name = file.split(/[/\\]/).at(-1) ?? "";
  return /^\.*$/.test(name) ? "unnamed" : name;
}

async function hasSession(sessionFile: string): Promise<boolean> {
  const found = await Promise.all(FILES.map((suffix) => isOwn(sessionFile + suffix)));
  return found.includes(true);
}

async function isOwn(file: string): Promise<boolean> {
  try {
    const facts = await lstat(file);
    if (facts.isSymbolicLink()) return false;
    // Windows has neither owners nor modes here.
    if (!process.getuid) return true;
    return facts.uid === process.getuid() && (facts.mode & OTHERS_MAY_WRITE) === 0;
  } catch {
    return false;
  }
}
