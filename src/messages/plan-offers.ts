/** The buttons below a plan: what can be done about it, for as long as it is the newest of its chat. */
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import { unguessableId } from "../common/unguessable-id.js";
import { planWords } from "../words/answer-words.js";

export const PLAN_NAMESPACE = "codexplan";

/** Chats whose newest plan is remembered. */
const REMEMBERED = 300;

export type OfferedPlan = {
  id: string;
  sessionFile: string;
  threadId: string;
  address: ReplyAddress;
};

/** By session. */
const offered = processWide("offered-plans", () => new Map<string, OfferedPlan>());

/** Undefined if there is a newer plan, something was done about it, or another process has offered it. */
export function offeredPlan(id: string): OfferedPlan | undefined {
  for (const offer of offered.values()) if (offer.id === id) return offer;
  return undefined;
}

/** Something was decided about it, so its buttons do nothing more. */
export function settlePlan(sessionFile: string): void {
  offered.delete(sessionFile);
}

/** Under an id that nobody can guess, in the place of the chat's plan before. */
export function planButtons(plan: Omit<OfferedPlan, "id">): ChatButton[] {
  const id = unguessableId();
  offered.delete(plan.sessionFile);
  offered.set(plan.sessionFile, { ...plan, id });
  keepNewest(offered, REMEMBERED);
  const button = (label: string, verb: string): ChatButton => ({
    label,
    value: `${PLAN_NAMESPACE}:${id}:${verb}`,
  });
  return [
    button(planWords.implement, "implement"),
    button(planWords.change, "change"),
    button(planWords.leave, "off"),
  ];
}
