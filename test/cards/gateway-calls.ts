/** In the place of OpenClaw's tool by which messages are changed: what it was called with. */
export const gateway = { calls: new Array<unknown[]>() };

export async function callGatewayTool(...call: unknown[]): Promise<object> {
  gateway.calls.push(call);
  return {};
}
