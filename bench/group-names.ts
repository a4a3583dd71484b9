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

export function isGroupName(name: string | undefined): name is GroupName {
  return GROUP_NAMES.some((group) => group === name);
}
