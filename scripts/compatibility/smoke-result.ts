/** What the smoke goes through, in order. */
export const SMOKE_STEPS = ["start", "bind", "turn", "approval", "restart", "detach"] as const;

export type SmokeStep = (typeof SMOKE_STEPS)[number];

export type SmokeResult = {
  done: SmokeStep[];
  failed?: { step: SmokeStep; reason: string } | undefined;
};
