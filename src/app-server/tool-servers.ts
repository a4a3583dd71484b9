/** The tool servers (MCP) that Codex has, and signing in to them. */
import { asRecord, asString } from "./json.js";

/** As Codex names the states; 0.140 and older ones tell none. */
const STATES = [
  "notStarted",
  "starting",
  "connected",
  "authenticationRequired",
  "failed",
  "cancelled",
  "disabled",
] as const;

export type ToolServer = {
  name: string;
  state: (typeof STATES)[number] | undefined;
  tools: { name: string; description: string | undefined }[];
  /** Why it has no tools; 0.140 and older ones do not tell. */
  problem: string | undefined;
  needsSignIn: boolean;
};

export function toolServerOf(value: Readonly<Record<string, unknown>>): ToolServer[] {
  const name = asString(value.name);
  if (name === undefined) return [];
  const state = STATES.find((known) => known === value.runtimeStatus);
  const tools = Object.entries(asRecord(value.tools) ?? {}).map(([tool, facts]) => ({
    name: tool,
    description: asString(asRecord(facts)?.description),
  }));
  const needsSignIn = state === "authenticationRequired" || value.authStatus === "notLoggedIn";
  return [{ name, state, tools, problem: asString(value.toolsError), needsSignIn }];
}

/** How a sign-in has ended that was begun for this server. */
export type SignInEnd = { isSignedIn: boolean; problem: string | undefined };

/** Undefined for anything else. `loginId`: since 0.169. */
export function signInEndIn(
  { method, params }: { method: string; params?: unknown },
  { name, loginId }: { name: string; loginId: string | undefined },
): SignInEnd | undefined {
  if (method !== "mcpServer/oauthLogin/completed") return undefined;
  const fields = asRecord(params);
  const told = asString(fields?.loginId);
  const isOther = told !== undefined && loginId !== undefined && told !== loginId;
  if (fields?.name !== name || isOther) return undefined;
  return { isSignedIn: fields.success === true, problem: asString(fields.error) };
}
