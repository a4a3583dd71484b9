/** The app-servers that the settings name, wherever there are several. */
import { harmlessText } from "./foreign-text.js";

function named(server: string): string {
  return `\`${harmlessText(server, 60)}\``;
}

export const serverWords = {
  /** A line below what a chat is bound to. */
  on: (server: string): string => `Server: ${harmlessText(server, 60)}`,
  noSuch: (server: string, known: readonly string[]): string =>
    known.length === 1
      ? "This gateway has only one Codex server, so leave `--on` out."
      : `There is no Codex server ${named(server)}. Use one of these: ${known.map(named).join(", ")}.`,
  noThread: (server: string): string =>
    `Codex on the server ${harmlessText(server, 60)} has no thread with this id, or it has never run a turn. If the thread is on another server, add \`--on NAME\`.`,
  /** A reason, which follows a colon. */
  gone: (server: string): string =>
    `this chat's thread is on the Codex server ${named(server)}, which is no longer in the settings. Nothing was started on another server. \`/codexchat new --on NAME\` starts a new thread on another one; if the operator adds the server again, this thread continues`,
} as const;
