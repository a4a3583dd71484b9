/** How to reach a Codex app-server: a child process over stdio, or one that listens on a WebSocket. */
export type CodexAppServerStartOptions = {
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
  /** Further headers of the WebSocket handshake; as secret as the token. */
  headers: Record<string, string>;
  /** Names of environment variables that the child gets besides those that always pass: `environment.ts`. */
  passEnv?: string[];
  /** Names of those that it does not get. */
  clearEnv: string[];
};
