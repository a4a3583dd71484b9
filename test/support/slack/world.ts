/** The workspace: one person, one bot, a private chat and a channel. */

export const TEAM = "T0LOOPBACK";
export const APP = "A0LOOPBACK";
export const BOT = { user: "U0BOT", bot: "B0BOT", name: "openclaw" } as const;
export const ALICE = { user: "U0ALICE", name: "alice" } as const;

/** In the channel, and not among those who may command. */
export const MALLORY = { user: "U0MALLORY", name: "mallory" } as const;

/** The direct message of the bot and Alice. */
export const DM = "D0ALICE";
export const GENERAL = "C0GENERAL";

/** Of no value anywhere else. */
export const BOT_TOKEN = "xoxb-loopback-only";
export const APP_TOKEN = "xapp-1-A0LOOPBACK-loopback-only";

export function describeChannel(id: string): Record<string, unknown> {
  return id === DM
    ? { id, is_im: true, user: ALICE.user }
    : {
        id,
        name: "general",
        is_channel: true,
        is_member: true,
        topic: { value: "" },
        purpose: { value: "" },
      };
}

export function describeUser(id: string): Record<string, unknown> {
  const { name } = [BOT, ALICE, MALLORY].find(({ user }) => user === id) ?? ALICE;
  const profile = { display_name: name, real_name: name };
  return { id, team_id: TEAM, name, real_name: name, is_bot: id === BOT.user, profile };
}
