/** The stand-in for Discord refuses what Discord refuses. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiscordService } from "../support/discord/service.js";
import { asObject, asString, type JsonObject } from "../support/wire-guards.js";

const V2 = 1 << 15;
const text = (content: string) => ({ type: 10, content });
const button = (label: string, id = label) => ({ type: 2, style: 1, label, custom_id: id });
const row = (...components: object[]) => ({ type: 1, components });

let service: DiscordService;

beforeEach(async () => {
  service = await DiscordService.start();
});

afterEach(() => service.stop());

/** What Discord answers; `code` is of its own list, and undefined where it takes the request. */
async function ask(
  method: string,
  path: string,
  body: object,
): Promise<{ status: number; answer: JsonObject; code: unknown }> {
  const response = await fetch(`${service.environment["DISCORD_API_URL"]}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = asObject(await response.json());
  return { status: response.status, answer, code: answer["code"] };
}

const send = (body: object, channel = service.chats.group) =>
  ask("POST", `/channels/${channel}/messages`, body);

const edit = (id: unknown, body: object) =>
  ask("PATCH", `/channels/${service.chats.group}/messages/${asString(id)}`, body);

describe("a message", () => {
  test.each<{ what: string; body: object; code: number | undefined }>([
    { what: "of 2,000 characters", body: { content: "x".repeat(2000) }, code: undefined },
    {
      what: "of 2,000 characters beyond the BMP",
      body: { content: "😀".repeat(2000) },
      code: undefined,
    },
    { what: "of 2,001 characters", body: { content: "x".repeat(2001) }, code: 50_035 },
    { what: "of nothing", body: { content: " " }, code: 50_006 },
    { what: "with a text component and no flag", body: { components: [text("a")] }, code: 50_035 },
    { what: "of components", body: { flags: V2, components: [text("a")] }, code: undefined },
    {
      what: "of components and content",
      body: { flags: V2, content: "a", components: [text("a")] },
      code: 50_035,
    },
    {
      what: "of components with 4,001 characters",
      body: { flags: V2, components: [text("x".repeat(4001))] },
      code: 50_035,
    },
    {
      what: "of 41 components",
      body: { flags: V2, components: Array.from({ length: 41 }, () => text("a")) },
      code: 50_035,
    },
    {
      what: "with five buttons in a row",
      body: {
        content: "a",
        components: [row(...["1", "2", "3", "4", "5"].map((id) => button(id)))],
      },
      code: undefined,
    },
    {
      what: "with six buttons in a row",
      body: {
        content: "a",
        components: [row(...["1", "2", "3", "4", "5", "6"].map((id) => button(id)))],
      },
      code: 50_035,
    },
    {
      what: "with two buttons of one id",
      body: { content: "a", components: [row(button("a", "x"), button("b", "x"))] },
      code: 50_035,
    },
    {
      what: "with an id of 101 characters",
      body: { content: "a", components: [row(button("a", "x".repeat(101)))] },
      code: 50_035,
    },
    {
      what: "with a label of 81 characters",
      body: { content: "a", components: [row(button("x".repeat(81), "x"))] },
      code: 50_035,
    },
    {
      what: "that allows a kind of mention twice",
      body: { content: "a", allowed_mentions: { parse: ["users"], users: ["1"] } },
      code: 50_035,
    },
  ])("$what: $code", async ({ body, code }) => {
    expect((await send(body)).code).toBe(code);
  });

  test("to a channel that there is not is refused", async () => {
    expect(await send({ content: "a" }, "1")).toMatchObject({ status: 404, code: 10_003 });
  });

  test("with the nonce of an earlier one is not sent again", async () => {
    const body = { content: "a", nonce: "n", enforce_nonce: true };
    const [first, second] = [await send(body), await send(body)];
    expect(second.answer["id"]).toBe(first.answer["id"]);
    expect(service.seen.entries).toHaveLength(1);
  });

  test("is the sixth within five seconds: it has to wait, and is told how long", async () => {
    for (let sent = 0; sent < 5; sent += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await send({ content: "a" });
    }
    const { status, answer } = await send({ content: "a" });
    expect(status).toBe(429);
    expect(answer["retry_after"]).toBeGreaterThan(0);
    expect((await send({ content: "a" }, service.chats.thread)).status).toBe(200);
  });

  test.each([
    { body: { content: "@everyone <@7> `@here` <@&8>" }, pings: ["@everyone", "<@7>", "<@&8>"] },
    { body: { content: "@everyone <@7>", allowed_mentions: { parse: [] } }, pings: [] },
    { body: { content: "<@7> <@8>", allowed_mentions: { users: ["7"] } }, pings: ["<@7>"] },
    { body: { content: "```\n@everyone\n```" }, pings: [] },
    { body: { content: "@\u2060everyone" }, pings: [] },
  ])("rings whom it names, as far as it may: $pings", async ({ body, pings }) => {
    await send(body);
    expect(service.seen.entries.at(-1)?.pings).toEqual(pings);
  });
});

describe("an edit", () => {
  test("gives a message of components no content, and takes its flag away neither", async () => {
    const sent = await send({ flags: V2, components: [text("a"), row(button("b"))] });
    expect((await edit(sent.answer["id"], { content: "c" })).code).toBe(50_035);
    expect((await edit(sent.answer["id"], { content: "c", components: [], flags: 0 })).code).toBe(
      50_035,
    );
    expect((await edit(sent.answer["id"], { components: [text("c")] })).code).toBeUndefined();
    expect(service.seen.entries.at(-1)).toMatchObject({ kind: "edit", text: "c", buttons: [] });
  });

  test("leaves the buttons that it does not name", async () => {
    const sent = await send({ content: "a", components: [row(button("b"))] });
    await edit(sent.answer["id"], { content: "c" });
    expect(service.seen.entries.at(-1)).toMatchObject({ text: "c", buttons: ["b"] });
  });

  test("is for one's own messages, and those that are there", async () => {
    const said = service.say(service.chats.group, "mine");
    expect(await edit(said.id, { content: "c" })).toMatchObject({ status: 403, code: 50_005 });
    expect(await edit("1", { content: "c" })).toMatchObject({ status: 404, code: 10_008 });
  });

  test("is not for what the bot has written through a webhook", async () => {
    const made = await ask("POST", `/channels/${service.chats.group}/webhooks`, { name: "w" });
    const { id, token } = made.answer;
    const path = `/webhooks/${asString(id)}/${asString(token)}?wait=true`;
    const sent = await ask("POST", path, { content: "a", username: "w" });
    expect((await edit(sent.answer["id"], { content: "c" })).code).toBe(50_005);
  });
});

test("a reaction is one of Discord's emoji, on a message that is there", async () => {
  const { answer } = await send({ content: "hi" });
  const react = async (emoji: string, id = asString(answer["id"])) => {
    const path = `/channels/${service.chats.group}/messages/${id}/reactions/${encodeURIComponent(emoji)}/@me`;
    const url = `${service.environment["DISCORD_API_URL"]}${path}`;
    return (await fetch(url, { method: "PUT" })).status;
  };
  expect(await react("eyes")).toBe(400);
  expect(await react("👀", "1")).toBe(404);
  expect(await react("👀")).toBe(204);
  expect(service.signs.entries).toMatchObject([{ sign: "👀", isThere: true }]);
});
