/**
 * The running gateway, as `openclaw codexchat` reaches it. The file that uses it replaces OpenClaw's client:
 * `vi.mock("openclaw/plugin-sdk/gateway-runtime", () => import("./…/operator-gateway.js"))`.
 */
import { beforeEach } from "vitest";
import { registerGatewayMethods } from "../../../src/operator/gateway-methods.js";
import type { ScriptedHost } from "./host.js";

type Registered = Parameters<typeof registerGatewayMethods>[0];
type Handler = (request: {
  params: Record<string, unknown>;
  client: unknown;
  respond: (ok: boolean, payload?: unknown, error?: { code: string; message: string }) => void;
}) => Promise<void>;

class OperatorGateway {
  readonly #methods = new Map<string, { handler: Handler; scope: string }>();
  /** What was asked, with the scopes that it was asked with. */
  readonly asked: { method: string; params: unknown; scopes: unknown }[] = [];
  /** Who asks, as the gateway knows them. */
  client: unknown = { connect: { client: { id: "cli" }, auth: { token: "a-secret-token" } } };
  /** What it answers in place of its own. */
  answer: unknown;

  reset(): void {
    this.#methods.clear();
    this.asked.length = 0;
    this.answer = undefined;
  }

  /** It runs with the plugin from now on. */
  run({ api }: ScriptedHost): void {
    const registered: unknown = {
      ...api,
      registerGatewayMethod: (method: string, handler: Handler, { scope }: { scope: string }) =>
        void this.#methods.set(method, { handler, scope }),
    };
    if (!isRegistered(registered)) throw new Error("the scripted api is none");
    registerGatewayMethods(registered);
  }

  scopeOf(method: string): string | undefined {
    return this.#methods.get(method)?.scope;
  }

  async call(method: string, params: Record<string, unknown>, scopes: unknown): Promise<unknown> {
    this.asked.push({ method, params, scopes });
    if (this.answer !== undefined) return this.answer;
    if (this.#methods.size === 0) {
      const error = new Error(
        "Gateway not reachable at ws://127.0.0.1:1 (ECONNREFUSED).\nStart it",
      );
      error.name = "GatewayTransportError";
      throw error;
    }
    const registered = this.#methods.get(method);
    if (!registered) throw new Error(`unknown method: ${method}`);
    const answered = Promise.withResolvers<unknown>();
    await registered.handler({
      // As it comes over the wire.
      params: toJson(params),
      client: this.client,
      respond: (ok, payload, error) =>
        ok ? answered.resolve(toJson(payload)) : answered.reject(new Error(error?.message)),
    });
    return answered.promise;
  }
}

function isRegistered(value: unknown): value is Registered {
  return typeof value === "object" && value !== null && "registerGatewayMethod" in value;
}

function toJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

export const operatorGateway = new OperatorGateway();

export const callGatewayFromCli = (
  method: string,
  _options: unknown,
  params: Record<string, unknown>,
  { scopes }: { scopes: unknown },
): Promise<unknown> => operatorGateway.call(method, params, scopes);

beforeEach(() => operatorGateway.reset());
