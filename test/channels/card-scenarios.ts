/** A chat's card: with buttons, or as a list of which a person names a number. */
import { expect, test } from "vitest";
import type { ChannelAbilities } from "../../src/chat/abilities.js";
import type { ChannelMessage } from "../support/channel-service.js";
import type { ChannelStage } from "./stage.js";

/** The card of a bound chat. */
const HOME = /\nPermissions: /;
const PERMISSIONS = /^What may Codex do in this chat\?/;

export function cardScenarios(
  abilities: ChannelAbilities,
  stage: () => ChannelStage,
  chat: () => string,
): void {
  const say = (text: string): ChannelMessage => stage().say(chat(), text);

  /** Takes a choice of a card, by its button or by its number. */
  const choose = (card: ChannelMessage, label: string): ChannelMessage => {
    if (abilities.buttons) return stage().click(card, label);
    const number = new RegExp(`^(\\d+) +${label}$`, "m").exec(card.text)?.[1];
    return say(number ?? `no number of ${label} in ${card.text}`);
  };

  test("its card leads to a choice and back, and shows what was chosen", async () => {
    const card = await stage().replyTo(say("/codexchat"), HOME);
    const offered = await stage().replyTo(choose(card, "Permissions"), PERMISSIONS);
    const home = await stage().replyTo(choose(offered, "‹ Back"), HOME);
    const again = await stage().replyTo(choose(home, "Permissions"), PERMISSIONS);
    const chosen = await stage().replyTo(choose(again, "✓ ask"), HOME);
    const shown = [card, offered, home, again, chosen];
    const hasButtons = shown.map(({ buttons }) => buttons.length > 0);
    expect(new Set(hasButtons)).toEqual(new Set([abilities.buttons]));
    // Nothing that is out of date can be pressed: a card changes in its place, or another takes that.
    const left = shown.filter(({ id, buttons }) => id !== chosen.id && buttons.length > 0);
    await Promise.all(left.map((old) => stage().withoutButtons(old)));
  });
}
