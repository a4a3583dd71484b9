/** The groups of rows, each measured in a process of its own, in this order. */
export const GROUP_NAMES = [
  "turns",
  "wire",
  "notifications",
  "messages",
  "loop",
  "memory",
  "inbox",
  "load",
] as const;

export type GroupName = (typeof GROUP_NAMES)[number];
