/** The app-servers that the settings name, wherever there are several. */
import { harmlessText } from "./foreign-text.js";

function named(server: string): string {
  return `\`${harmlessText(server, 60)}\``;
}

/** What is known of a server without asking it. */
export type ServerFacts = {
  name: string;
  /** How many chats have their thread there. */
  chats: number;
  state:
    | { kind: "connected"; version: string | undefined }
    | { kind: "not connected" }
    | { kind: "unusable"; reason: string };
  working: number;
  waiting: number;
};

function stateInWords({ state, chats, working, waiting }: ServerFacts): string {
  if (state.kind === "unusable") return state.reason;
  const version = state.kind === "connected" ? state.version : undefined;
  return [
    state.kind === "connected" ? "connected" : "not connected until a chat needs it",
    ...(version === undefined ? [] : [`Codex ${harmlessText(version, 40)}`]),
    chats === 1 ? "1 chat" : `${chats} chats`,
    ...(working === 0 ? [] : [working === 1 ? "1 turn running" : `${working} turns running`]),
    ...(waiting === 0 ? [] : [`${waiting} waiting for a place`]),
  ].join(", ");
}

function here(name: string, ofChat: string | undefined): string {
  return name === ofChat ? " (this chat)" : "";
}

const HOW_TO_CHOOSE = "`/codexchat new --on NAME` starts a new thread on one of them.";

export const serverWords = {
  list: (names: readonly string[], ofChat: string | undefined): string =>
    names.length === 1
      ? "This gateway has one Codex server."
      : [
          "Codex servers:",
          ...names.map((name) => `• ${harmlessText(name, 60)}${here(name, ofChat)}`),
          HOW_TO_CHOOSE,
        ].join("\n"),
  /** For the gateway's owners. */
  states: (servers: readonly ServerFacts[], ofChat: string | undefined): string =>
    [
      "Codex servers:",
      ...servers.map(
        (server) =>
          `• ${harmlessText(server.name, 60)}${here(server.name, ofChat)}: ${stateInWords(server)}`,
      ),
      ...(servers.length === 1 ? [] : [HOW_TO_CHOOSE]),
    ].join("\n"),
  /** A thread as a chat that is not on its server has to name it. */
  thread: (threadId: string, server: string | undefined): string =>
    `${harmlessText(threadId)}${server === undefined ? "" : ` --on ${harmlessText(server, 60)}`}`,
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
