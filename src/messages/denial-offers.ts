/** What Codex's reviewer has denied and a person may allow once: the buttons, and what each is about. */
import type { DeniedEvent } from "../app-server/denied-event.js";
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import { unguessableId } from "../common/unguessable-id.js";
import { noticeWords } from "../words/notice-words.js";

export const DENIAL_NAMESPACE = "codexallow";

const REMEMBERED = 300;

export type OfferedDenial = {
  sessionFile: string;
  /** The one whose action it was: a sub-agent's is not the chat's. */
  threadId: string;
  address: ReplyAddress;
  /** The whole of the action, as the chat was shown it. */
  action: string;
  event: DeniedEvent;
};

/** The newest last. */
const offered = processWide("offered-denials", () => new Map<string, OfferedDenial>());

/** Takes it: an action is allowed once. Undefined if somebody has, or another process has offered it. */
export function takeDenial(id: string): OfferedDenial | undefined {
  const denial = offered.get(id);
  offered.delete(id);
  return denial;
}

/** It was taken and not allowed after all. */
export function giveBackDenial(id: string, denial: OfferedDenial): void {
  offered.set(id, denial);
}

/** That of the chat's newest one. */
export function newestDenial(sessionFile: string): string | undefined {
  return [...offered].findLast(([, denial]) => denial.sessionFile === sessionFile)?.[0];
}

export function findDenial(id: string): OfferedDenial | undefined {
  return offered.get(id);
}

/** Under an id that nobody can guess. */
export function denialButtons(denial: OfferedDenial): ChatButton[] {
  const id = unguessableId();
  offered.set(id, denial);
  keepNewest(offered, REMEMBERED);
  return [{ label: noticeWords.allowOnce, value: `${DENIAL_NAMESPACE}:${id}` }];
}
