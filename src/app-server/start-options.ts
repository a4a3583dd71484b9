import path from "node:path";

/** How to reach a Codex app-server: a child process over stdio, or one that listens on a WebSocket. */
export type CodexAppServerStartOptions = {
  /** Its name in the setting `servers`; absent: that of `appServer`. */
  server?: string;
  transport: "stdio" | "websocket";
  /** Executable for stdio: a path, or a name looked up on PATH. */
  command: string;
  /** Where `command` comes from; an error says which of the three to change. */
  commandSource: "config" | "env" | "default";
  args: string[];
  /** `ws://` or `wss://` address; set when transport is `websocket`. */
  url?: string;
  /** Bearer token of a WebSocket app-server. Never logged, never part of a key in the clear. */
  authToken?: string;
  /** Absolute path of the certificates of those who may vouch for a `wss://` address; absent: those that Node trusts. */
  caFile?: string;
  /** Further headers of the WebSocket handshake; as secret as the token. */
  headers: Record<string, string>;
  /** Names of environment variables that the child gets besides those that always pass: `environment.ts`. */
  passEnv?: string[];
  /** Names of those that it does not get. */
  clearEnv: string[];
};

/** The setting that describes a server, for words on what to correct there. */
export function settingOf({ server }: Pick<CodexAppServerStartOptions, "server">): string {
  return server === undefined ? "appServer" : `servers.${server}`;
}

/** Whether it works on another machine, whose files and environment are not those of this one. */
export function isFar({
  transport,
  command = "",
}: Pick<CodexAppServerStartOptions, "transport"> & { command?: string }): boolean {
  return transport === "websocket" || isSsh(command);
}

export function isSsh(command: string): boolean {
  return /^ssh(?:\.exe)?$/i.test(path.win32.basename(command));
}
