/**
 * What the plugin imports from OpenClaw to call a gateway's methods; the real one would look for a gateway to connect to.
 * It hands on to the stand-in host, which each copy of the plugin finds at the same place.
 */
const KEY = Symbol.for("chaos.gateway-tool");

export type GatewayTool = (method: string, call: unknown) => Promise<void>;

export function setGatewayTool(tool: GatewayTool): void {
  Object.assign(globalThis, { [KEY]: tool });
}

export async function callGatewayTool(
  method: string,
  _options: unknown,
  call: unknown,
): Promise<void> {
  const store: typeof globalThis & { [KEY]?: GatewayTool } = globalThis;
  await store[KEY]?.(method, call);
}
