/** What the doctor says: of each finding what is wrong, and what to run. */
import type { CodexAccount } from "../app-server/account-facts.js";
import { OLDEST_CODEX } from "../app-server/codex-version.js";
import { PLUGIN_ID } from "../host/plugin-host.js";
import type { Examination } from "../operator/doctor.js";
import type { Finding, FolderProblem } from "../operator/doctor-findings.js";

const SETTINGS = `plugins.entries.${PLUGIN_ID}.config`;

/** The section that needs no mention where it is the only one. */
const DEFAULT = "appServer";

const BIND_AGAIN = "/codexchat bind (in the chat), or: ";

/** Plain texts, not yet harmless: they can hold names and paths that are not ours. */
export type SaidFinding = { problem: string; run: string };

export function findingWords(finding: Finding): SaidFinding {
  switch (finding.check) {
    case "settings":
      return {
        problem: `The plugin's settings cannot be used: ${finding.reason}`,
        run: `openclaw config get ${SETTINGS}`,
      };
    case "host-version":
      return { problem: hostWords(finding), run: "openclaw update" };
    case "codex":
      return codexWords(finding);
    case "codex-sign-in":
      return {
        problem: `Codex is not signed in${whereServer(finding)}, so no message can be answered.`,
        run: "codex login",
      };
    case "codex-config":
      return {
        problem: `Codex${finding.setting === DEFAULT ? "" : ` (${finding.setting})`} works without its config.toml, which it cannot read: ${finding.reason}`,
        run:
          finding.file === undefined
            ? `openclaw config get ${SETTINGS}.${finding.setting} (then correct config.toml in its CODEX_HOME)`
            : `"\${EDITOR:-vi}" ${quoted(finding.file)}`,
      };
    case "folder":
      return {
        problem: `The folder ${finding.folder} of the setting ${finding.setting} ${folderWords(finding.why)}.`,
        run: mendFolder(finding.why, finding.folder, `openclaw config get ${SETTINGS}`),
      };
    case "trust":
      return {
        problem: `Codex trusts ${finding.folder}, where the chat ${finding.session} works: what its .codex folder names runs outside of the sandbox. If you did not decide that, remove it from [projects].`,
        run: `"\${EDITOR:-vi}" ${quoted(finding.file)}`,
      };
    case "no-thread":
      return {
        problem:
          finding.reason === undefined
            ? `The chat ${finding.session} is bound, but has no thread.`
            : `The chat ${finding.session} is bound, but the file that names its thread cannot be read (${finding.reason}).`,
        run: `${BIND_AGAIN}${detach(finding.session)}`,
      };
    case "no-chat":
      return {
        problem: `The thread ${finding.threadId} is kept for ${finding.session}, a chat that OpenClaw does not have bound.`,
        run: `/codexchat bind ${finding.threadId} (in the chat, to continue), or: ${detach(finding.session)}`,
      };
    case "not-bound-in-openclaw":
      return {
        problem: `The chat ${finding.session} was bound, but OpenClaw has no binding of this plugin for it, so its messages do not reach Codex.`,
        run: `${BIND_AGAIN}${detach(finding.session)}`,
      };
    case "chat-folder":
      return {
        problem: `The folder ${finding.folder}, where the chat ${finding.session} works, ${folderWords(finding.why)}.`,
        run: mendFolder(finding.why, finding.folder, "/codexchat new --cwd FOLDER (in the chat)"),
      };
    case "server-gone":
      return {
        problem: `The thread of the chat ${finding.session} is on the server ${finding.server}, which is no longer in the settings.`,
        run: `/codexchat new --on NAME (in the chat), or add the server again: openclaw config get ${SETTINGS}.servers`,
      };
    case "thread-gone":
      return {
        problem: `Codex does not have the thread ${finding.threadId} of the chat ${finding.session} any more, or cannot read it.`,
        run: "/codexchat new (in the chat)",
      };
    case "modes":
      return {
        problem: `Other users of this machine can open ${finding.count === 1 ? "a file or folder" : `${finding.count} files and folders`} of the plugin: ${finding.first} (mode ${finding.mode}).`,
        run: `chmod -R go= ${quoted(finding.folder)}`,
      };
    case "owner":
      return {
        problem: `${finding.file} belongs to another user, so it is not used.`,
        run: `chown "$(id -un)" ${quoted(finding.file)} (as root), or remove it`,
      };
    case "link":
      return {
        problem: `${finding.file} is a link, which is not followed.`,
        run: `rm ${quoted(finding.file)}`,
      };
  }
}

/** What was found in order, in a line. */
export function examinationWords({ openclaw, codex, servers, chats }: Examination): string {
  return [
    ...(openclaw === undefined ? [] : [`OpenClaw ${openclaw}`]),
    ...(codex?.version === undefined ? [] : [`Codex ${codex.version}`]),
    ...(codex?.account === undefined ? [] : [accountWords(codex.account)]),
    ...[...servers].map(([name, said]) => serverWordsOf(name, said)),
    chats === 1 ? "1 chat" : `${chats} chats`,
  ].join(", ");
}

function serverWordsOf(name: string, said: Examination["codex"]): string {
  if (!said) return `server ${name} cannot be used`;
  const facts = [
    ...(said.version === undefined ? [] : [`Codex ${said.version}`]),
    ...(said.account === undefined ? [] : [accountWords(said.account)]),
  ];
  return facts.length === 0 ? `server ${name}` : `server ${name} (${facts.join(", ")})`;
}

function whereServer({ isRemote, setting }: Extract<Finding, { check: "codex-sign-in" }>): string {
  if (isRemote) return ` where its app-server runs (${setting}.url)`;
  return setting === DEFAULT ? "" : ` (${setting})`;
}

function accountWords(account: CodexAccount): string {
  switch (account.kind) {
    case "chatgpt":
      return "signed in with ChatGPT";
    case "apiKey":
      return "signed in with an API key";
    case "other":
      return `signed in with ${account.name}`;
    case "none":
      return account.needed ? "not signed in" : "no account needed";
  }
}

function hostWords({ version, needs, lacks }: Extract<Finding, { check: "host-version" }>): string {
  switch (lacks) {
    case "cards":
      return `OpenClaw ${version} lets no card change by itself until one of its buttons was pressed. ${needs} does.`;
    case "backup":
      return `The backups of OpenClaw ${version} do not know that the plugin's state must be kept. Those of ${needs} do.`;
  }
}

function codexWords({
  reason,
  isTooOld,
  isRemote,
  setting,
}: Extract<Finding, { check: "codex" }>): SaidFinding {
  const problem = `Codex${setting === DEFAULT ? "" : ` (${setting})`} cannot be used (${OLDEST_CODEX} or newer is needed): ${reason}`;
  if (isTooOld) return { problem, run: "npm install -g @openai/codex" };
  return isRemote
    ? { problem, run: `openclaw config get ${SETTINGS}.${setting}.url` }
    : { problem, run: `codex --version, and: openclaw config get ${SETTINGS}.${setting}.command` };
}

function folderWords(why: FolderProblem): string {
  switch (why) {
    case "missing":
      return "does not exist";
    case "no-folder":
      return "is not a folder";
    case "unreadable":
      return "cannot be read by the gateway's user";
    case "outside":
      return "lies outside the allowed folders (appServer.workspaceRoots), so no turn begins there";
    case "operators":
      return "is the home folder, or holds settings and data of OpenClaw or Codex, so no chat can work there";
  }
}

function mendFolder(why: FolderProblem, folder: string, otherwise: string): string {
  switch (why) {
    case "missing":
      return `mkdir -p ${quoted(folder)}, or: ${otherwise}`;
    case "unreadable":
      return `chmod u+rx ${quoted(folder)}`;
    case "no-folder":
    case "outside":
    case "operators":
      return otherwise;
  }
}

function detach(session: string): string {
  return `openclaw codexchat detach ${session}`;
}

/** As a shell takes it: a path is no command. */
function quoted(file: string): string {
  return /^[\w./~+@%:,-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}
