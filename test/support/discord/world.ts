/** The server, its channels and its people, as Discord describes them. https://discord.com/developers/docs/resources/channel */
import { unknownChannel } from "./refusal.js";

export const GUILD = "900000000000000500";
export const DM = "900000000000000201";
export const GENERAL = "900000000000000301";
export const THREAD = "900000000000000401";

/** All permissions, those to write and to make webhooks among them. */
const ADMINISTRATOR = "8";
const LONG_AGO = "2026-01-01T00:00:00Z";
/** Presence, members and message content. https://discord.com/developers/docs/resources/application#application-object-application-flags */
export const APPLICATION_FLAGS = 0x4_d0_00;

export const BOT = {
  id: "900000000000000001",
  username: "openclaw",
  discriminator: "0",
  global_name: "OpenClaw",
  avatar: null,
  bot: true,
};
export const ALICE = {
  id: "900000000000000101",
  username: "alice",
  discriminator: "0",
  global_name: "Alice",
  avatar: null,
  bot: false,
};

/** In the server, and not among those who may command. */
export const MALLORY = {
  ...ALICE,
  id: "900000000000000102",
  username: "mallory",
  global_name: "Mallory",
};

const PEOPLE = [BOT, ALICE, MALLORY];

const EVERYONE = {
  id: GUILD,
  name: "@everyone",
  permissions: ADMINISTRATOR,
  position: 0,
  color: 0,
  hoist: false,
  managed: false,
  mentionable: false,
};

export const GUILD_FACTS = {
  id: GUILD,
  name: "Loopback",
  icon: null,
  owner_id: ALICE.id,
  roles: [EVERYONE],
  emojis: [],
  features: [],
  system_channel_id: GENERAL,
};

/** @throws DiscordRefusal where there is none of that id */
export function describeChannel(id: string) {
  switch (id) {
    case DM:
      return { id, type: 1, recipients: [ALICE], last_message_id: null };
    case GENERAL:
      return {
        id,
        type: 0,
        guild_id: GUILD,
        name: "general",
        position: 0,
        permission_overwrites: [],
        nsfw: false,
        topic: null,
        parent_id: null,
      };
    case THREAD:
      return {
        id,
        type: 11,
        guild_id: GUILD,
        parent_id: GENERAL,
        name: "a thread",
        owner_id: ALICE.id,
        thread_metadata: {
          archived: false,
          auto_archive_duration: 1440,
          archive_timestamp: LONG_AGO,
          locked: false,
        },
        message_count: 0,
        member_count: 2,
      };
    default:
      throw unknownChannel();
  }
}

/** What a message or an interaction in the channel says of its server and of who sent it. */
export function describeSender(channel: string) {
  const member = { roles: [], joined_at: LONG_AGO, nick: null, deaf: false, mute: false, flags: 0 };
  return channel === DM ? {} : { guild_id: GUILD, member };
}

export function describeUser(id: string) {
  return PEOPLE.find((each) => each.id === id) ?? ALICE;
}

export function describeMember(id: string) {
  const user = describeUser(id);
  return { user, roles: [], joined_at: LONG_AGO, permissions: ADMINISTRATOR };
}

export function describeInteractionPlace(channel: string, user: string = ALICE.id) {
  const place = { channel_id: channel, channel: describeChannel(channel) };
  if (channel === DM) return { ...place, context: 1, user: describeUser(user) };
  return {
    ...place,
    context: 0,
    guild_id: GUILD,
    guild: { id: GUILD, features: [], locale: "en-US" },
    member: { ...describeMember(user), deaf: false, mute: false },
  };
}
