import { boundChat } from "./bound-chat.js";
import type { ScriptedTurn } from "./scripted-codex.js";

type BoundChat = Awaited<ReturnType<typeof boundChat>>;

/** A bound chat whose second message has a turn that runs, for sub-agents to work for. */
export async function delegatingTurn(
  ...settings: Parameters<typeof boundChat>
): Promise<BoundChat & { turn: ScriptedTurn }> {
  const bound = await boundChat(...settings);
  await bound.say("Have somebody do it.");
  const turn = await bound.codex.turn(2);
  turn.show();
  return { ...bound, turn };
}
