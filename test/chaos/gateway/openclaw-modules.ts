/**
 * What the plugin imports from OpenClaw to ask its gateway something; the real modules would look for a gateway of their own.
 * The stand-in host answers, which each copy of the plugin finds at the same place.
 */
import { asObject } from "../../support/wire-guards.js";
import type { GatewayChannel, HostBindings } from "../../simulation/gateway.js";
import { openclawModule } from "../../simulation/openclaw-modules.js";

const KEY = Symbol.for("chaos.host");

type Host = { channel: GatewayChannel; bindings: HostBindings };

export function setHost(host: Host): void {
  Object.assign(globalThis, { [KEY]: host });
}

export const callGatewayTool = (...args: unknown[]): unknown =>
  ofHost("agent-harness-runtime", "callGatewayTool", args);

export const getSessionBindingService = (): unknown =>
  ofHost("conversation-runtime", "getSessionBindingService", []);

function ofHost(module: string, name: string, args: unknown[]): unknown {
  const { [KEY]: host }: typeof globalThis & { [KEY]?: Host } = globalThis;
  if (host === undefined) throw new Error("this gateway has no host yet");
  const made = asObject(openclawModule(`openclaw/plugin-sdk/${module}`, host))[name];
  if (typeof made !== "function") throw new Error(`the stand-in host has no ${name}`);
  return Reflect.apply(made, undefined, args);
}
