/** What a chat hears of Codex's tool servers. */
import type { SignInEnd, ToolServer } from "../app-server/tool-servers.js";
import { harmlessText } from "./foreign-text.js";

const NAME = 60;
const DESCRIPTION = 120;
const PROBLEM = 200;
const SERVERS_SHOWN = 30;
const TOOLS_SHOWN = 30;

export const mcpWords = {
  none: "Codex has no tool servers. They are set up in Codex's config.toml, under `mcp_servers`.",
  list: (servers: readonly ToolServer[]): string =>
    [
      "Tool servers:",
      ...servers.slice(0, SERVERS_SHOWN).map((server) => `• ${named(server)}: ${stateOf(server)}`),
      ...moreLine(servers.length - SERVERS_SHOWN),
      "`/codexchat mcp NAME` lists the tools of one, `/codexchat mcp reload` has Codex read its settings again.",
    ].join("\n"),
  server: (server: ToolServer): string =>
    [
      `${named(server)}: ${stateOf(server)}`,
      ...server.tools
        .slice(0, TOOLS_SHOWN)
        .map(({ name, description }) =>
          description === undefined
            ? `• ${harmlessText(name, NAME)}`
            : `• ${harmlessText(name, NAME)}: ${harmlessText(description, DESCRIPTION)}`,
        ),
      ...moreLine(server.tools.length - TOOLS_SHOWN),
    ].join("\n"),
  unknown: (typed: string): string =>
    `Codex has no tool server named ${harmlessText(typed, NAME)}. \`/codexchat mcp\` lists them.`,
  reloaded:
    "Codex has read the settings of its tool servers again. `/codexchat mcp` shows how they are.",

  privateOnly:
    "Signing in works in a private chat with the bot only, since whoever opens the link signs in. Send the command there.",
  cannotTellLater: "This channel cannot be written to later, so nobody could tell how it ends.",
  /** `isOnGateway`: the sign-in comes back to an address of the gateway's machine. */
  signIn: (name: string, link: string, isOnGateway: boolean): string =>
    [
      `Open this link to sign in to ${harmlessText(name, NAME)}:`,
      link,
      isOnGateway
        ? "Open it in a browser on the gateway's machine: the sign-in comes back to that machine, and fails elsewhere. You have 10 minutes."
        : "You have 10 minutes.",
    ].join("\n"),
  noLink: (name: string): string =>
    `${harmlessText(name, NAME)} gave no link that can be opened, so nobody can sign in to it from here.`,
  signInEnded: (name: string, { isSignedIn, problem }: SignInEnd): string => {
    const server = harmlessText(name, NAME);
    if (isSignedIn) return `Signed in to ${server}. Codex has its tools from the next message on.`;
    const why = problem === undefined ? "" : ` Reason: ${harmlessText(problem, PROBLEM)}`;
    return `The sign-in to ${server} did not work.${why}`;
  },
  signInLost: (name: string): string =>
    `Codex ended before anybody had signed in to ${harmlessText(name, NAME)}. ${signInCommand(name)} gives a new link.`,
} as const;

/** Marked as something to type, which a name could end. */
export function signInCommand(name: string): string {
  return `\`/codexchat mcp login ${/^[\w.-]{1,60}$/.test(name) ? name : "NAME"}\``;
}

function named({ name }: ToolServer): string {
  return harmlessText(name, NAME);
}

function stateOf(server: ToolServer): string {
  const { state, tools, problem, needsSignIn } = server;
  const count = tools.length === 1 ? "1 tool" : `${tools.length} tools`;
  if (needsSignIn && tools.length === 0) {
    return `needs you to sign in: ${signInCommand(server.name)} in a private chat`;
  }
  switch (state) {
    case "notStarted":
      return "not started";
    case "starting":
      return "starting";
    case "cancelled":
      return "its start was cancelled";
    case "disabled":
      return "switched off";
    case "connected":
      return `connected, ${count}`;
    default:
      if (problem !== undefined) return `failed. ${harmlessText(reasonIn(problem), PROBLEM)}`;
      return state === "failed" ? "failed" : count;
  }
}

/** Without what Codex puts before it. */
function reasonIn(problem: string): string {
  return problem.replace(/^(?:MCP startup failed|MCP client for [^:]* failed to start): /, "");
}

function moreLine(more: number): string[] {
  return more > 0 ? [`… and ${more} more`] : [];
}
