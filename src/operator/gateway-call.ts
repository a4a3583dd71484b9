/** Asks the running gateway, from the process of a command in a terminal. */
import { asRecord, asString } from "../app-server/json.js";
import type { OperatorMethod } from "./facts.js";

export type GatewayAnswer<T> =
  | { kind: "answered"; value: T }
  /** Nobody answers: it does not run, or cannot be reached from here. */
  | { kind: "away"; reason: string }
  /** It runs, and says no: it does not know the method, or who asks may not. */
  | { kind: "refused"; reason: string };

export type Asked = {
  method: OperatorMethod;
  params?: Record<string, unknown>;
  scope: "operator.read" | "operator.write";
  timeoutMs: number;
};

/** Never rejects. `read` makes the answer of it, and throws if it cannot be read. */
export async function askGateway<T>(
  { method, params = {}, scope, timeoutMs }: Asked,
  read: (answer: unknown) => T,
): Promise<GatewayAnswer<T>> {
  let answer: unknown;
  try {
    const { callGatewayFromCli } = await import("openclaw/plugin-sdk/gateway-runtime");
    // With `json` nothing but the answer is printed.
    const options = { timeout: String(timeoutMs), json: true };
    answer = await callGatewayFromCli(method, options, params, {
      progress: false,
      scopes: [scope],
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: isAway(error) ? "away" : "refused", reason };
  }
  try {
    return { kind: "answered", value: read(answer) };
  } catch (error) {
    return { kind: "refused", reason: `its answer cannot be read: ${String(error)}` };
  }
}

/** How a gateway closes a connection that it does not admit, as one of a device that has not the right yet. */
const POLICY_VIOLATION = 1008;

/** By the error's name: OpenClaw exports a test for it since 2026.8 only. */
function isAway(error: unknown): boolean {
  const facts = asRecord(error);
  return asString(facts?.name) === "GatewayTransportError" && facts?.code !== POLICY_VIOLATION;
}
