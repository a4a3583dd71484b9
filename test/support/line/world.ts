/** Who is in LINE's chats. https://developers.line.biz/en/docs/messaging-api/getting-user-ids: a kind's letter, then 32 digits */
export const BOT = "U00000000000000000000000000000b07";
export const ALICE = "U000000000000000000000000000a11ce";
export const MALLORY = "U000000000000000000000000bad00bad";
export const GROUP = "C0000000000000000000000000009000f";

export const TOKEN = "loopback-only-token-of-no-value";
export const SECRET = "loopback-only-secret-of-no-value";

const NAMES: Readonly<Record<string, string>> = { [ALICE]: "Alice", [MALLORY]: "Mallory" };

/** https://developers.line.biz/en/reference/messaging-api/#get-profile; undefined where nobody is called so */
export function profileOf(userId: string): { displayName: string; userId: string } | undefined {
  const displayName = NAMES[userId];
  return displayName === undefined ? undefined : { displayName, userId };
}
