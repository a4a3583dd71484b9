/** Discord's refusals: a status, a code of its list, and what is wrong. https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
import type { JsonObject } from "../wire-guards.js";

export class DiscordRefusal extends Error {
  readonly status: number;
  readonly body: JsonObject;

  constructor(status: number, code: number, message: string, more: JsonObject = {}) {
    super(message);
    this.status = status;
    this.body = { code, message, ...more };
  }
}

/** What it says of a body with a field that breaks a rule. */
export function invalidField(field: string, code: string, message: string): DiscordRefusal {
  const errors = { [field]: { _errors: [{ code, message }] } };
  return new DiscordRefusal(400, 50_035, "Invalid Form Body", { errors });
}

export const unknownChannel = (): DiscordRefusal =>
  new DiscordRefusal(404, 10_003, "Unknown Channel");
export const unknownMessage = (): DiscordRefusal =>
  new DiscordRefusal(404, 10_008, "Unknown Message");
export const unknownEmoji = (): DiscordRefusal => new DiscordRefusal(400, 10_014, "Unknown Emoji");
export const unknownWebhook = (): DiscordRefusal =>
  new DiscordRefusal(404, 10_015, "Unknown Webhook");
export const unknownInteraction = (): DiscordRefusal =>
  new DiscordRefusal(404, 10_062, "Unknown interaction");
export const alreadyAnswered = (): DiscordRefusal =>
  new DiscordRefusal(400, 40_060, "Interaction has already been acknowledged.");
export const foreignMessage = (): DiscordRefusal =>
  new DiscordRefusal(403, 50_005, "Cannot edit a message authored by another user");
export const emptyMessage = (): DiscordRefusal =>
  new DiscordRefusal(400, 50_006, "Cannot send an empty message");
