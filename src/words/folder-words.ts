/** Why a chat cannot work in a folder. */
import type { WorkspaceFolderError, WorkspaceRefusal } from "../thread/workspace-folder.js";
import { harmlessText } from "./foreign-text.js";

const OF_THE_OPERATOR =
  "it is the home folder, or it belongs to the settings and data of OpenClaw or Codex";

const ANOTHER = "`/codexchat new --cwd FOLDER`";

/** Of a thread's own folder, as the end of a sentence. */
export function threadRefused(code: WorkspaceRefusal, folder: string): string {
  return code === "operators"
    ? `the thread works in ${folder}, where no chat can work: ${OF_THE_OPERATOR}`
    : `the thread works in ${folder}, outside the folders that this gateway's operator allows (appServer.workspaceRoots)`;
}

export function folderRefused({ code, folder }: WorkspaceFolderError): string {
  const named = harmlessText(folder);
  switch (code) {
    case "relative":
      return `--cwd needs an absolute folder, not ${named}.`;
    case "missing":
      return `The folder ${named} does not exist on the gateway's machine. Name one that does: ${ANOTHER}.`;
    case "outside":
      return `The folder ${named} lies outside the folders that this gateway's operator allows (appServer.workspaceRoots). Name one inside them: ${ANOTHER}.`;
    case "operators":
      return `No chat can work in the folder ${named}: ${OF_THE_OPERATOR}. Name a project's folder (${ANOTHER}), or set appServer.defaultWorkspaceDir to one.`;
  }
}
