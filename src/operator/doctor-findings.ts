/** What the doctor can find. `words/doctor-words` says each, and what to run. */
import type { WorkspaceRefusal } from "../thread/workspace-folder.js";

type Chat = { session: string };

/** `setting`: the section that describes it. */
type Server = { setting: string; isRemote: boolean };

export type Finding =
  /** The settings cannot be used, so nothing that depends on them was looked at. */
  | { check: "settings"; reason: string }
  /** OpenClaw works, but does without what it is too old for. */
  | { check: "host-version"; version: string; needs: string; lacks: "cards" | "backup" }
  /** Codex does not start, cannot be reached, or is too old. */
  | (Server & { check: "codex"; reason: string; isTooOld: boolean })
  | (Server & { check: "codex-sign-in" })
  /** `file` where it is known. */
  | { check: "codex-config"; reason: string; file: string | undefined; setting: string }
  /** A folder of the settings. */
  | { check: "folder"; setting: string; folder: string; why: FolderProblem }
  /** Codex's own configuration trusts a folder that a chat works in. */
  | { check: "trust"; folder: string; session: string; file: string }
  | (Chat & { check: "no-thread"; reason: string | undefined })
  | (Chat & { check: "no-chat"; threadId: string })
  /** The chat's server has left the settings. */
  | (Chat & { check: "server-gone"; server: string })
  | (Chat & { check: "not-bound-in-openclaw" })
  | (Chat & { check: "chat-folder"; folder: string; why: FolderProblem })
  | (Chat & { check: "thread-gone"; threadId: string })
  | { check: "modes"; folder: string; count: number; first: string; mode: string }
  | { check: "owner"; file: string }
  | { check: "link"; file: string };

export type FolderProblem =
  | "missing"
  | "no-folder"
  | "unreadable"
  | Exclude<WorkspaceRefusal, "relative">;

/** Nothing has to be done about these. */
const NOTES: ReadonlySet<Finding["check"]> = new Set(["host-version", "trust"]);

export function needsAction({ check }: Finding): boolean {
  return !NOTES.has(check);
}
