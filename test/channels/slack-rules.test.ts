/** Slack's stand-in refuses what Slack refuses. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackService } from "../support/slack/service.js";
import { asObject } from "../support/wire-guards.js";
import { ALICE, BOT_TOKEN, DM, GENERAL } from "../support/slack/world.js";

let slack: SlackService;

beforeAll(async () => {
  slack = await SlackService.start();
});

afterAll(() => slack.stop());

interface Called extends Record<string, unknown> {
  readonly status: number;
  readonly headers: Headers;
}

async function call(method: string, args: object, token = BOT_TOKEN): Promise<Called> {
  const response = await fetch(`${slack.environment["SLACK_API_URL"]}${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(args),
  });
  const body = asObject(await response.json());
  return { ...body, status: response.status, headers: response.headers };
}

const post = (args: object) => call("chat.postMessage", { channel: GENERAL, ...args });
const change = (channel: string, ts: unknown) => call("chat.update", { channel, ts, text: "ho" });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const section = (text: string) => ({ type: "section", text: mrkdwn(text) });
const button = (id: string, more: object = {}) => ({
  type: "button",
  action_id: id,
  text: { type: "plain_text", text: "Yes" },
  value: "yes",
  ...more,
});
const actions = (...elements: object[]) => ({ type: "actions", elements });
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("blocks", () => {
  test.each([
    ["50 of them", many(50, () => section("a"))],
    ["a section of 3,000 characters", [section("a".repeat(3000))]],
    ["25 actions", [actions(...many(25, (index) => button(String(index))))]],
    ["one action_id in two blocks", [actions(button("a")), actions(button("a"))]],
    ["a value of 2,000 characters", [actions(button("a", { value: "v".repeat(2000) }))]],
  ])("are taken: %s", async (_, blocks) => {
    expect(await post({ blocks })).toMatchObject({ ok: true });
  });

  test.each([
    ["51 of them", many(51, () => section("a"))],
    ["a section of 3,001 characters", [section("a".repeat(3001))]],
    ["an empty section", [section("")]],
    ["26 actions", [actions(...many(26, (index) => button(String(index))))]],
    ["no actions", [actions()]],
    ["one action_id twice in a block", [actions(button("a"), button("a"))]],
    [
      "one block_id twice",
      [section("a"), section("b")].map((each) => ({ ...each, block_id: "1" })),
    ],
    [
      "a label of 76 characters",
      [actions(button("a", { text: { type: "plain_text", text: "l".repeat(76) } }))],
    ],
    ["a label in markup", [actions(button("a", { text: mrkdwn("Yes") }))]],
    ["a value of 2,001 characters", [actions(button("a", { value: "v".repeat(2001) }))]],
    ["an unknown style", [actions(button("a", { style: "success" }))]],
    ["an unknown type", [{ type: "card" }]],
  ])("are refused: %s", async (_, blocks) => {
    expect(await post({ blocks })).toMatchObject({ ok: false, error: "invalid_blocks" });
  });
});

describe("a message", () => {
  test("to a person goes into the direct message, whose id is the answer", async () => {
    expect(await post({ channel: ALICE.user, text: "hi" })).toMatchObject({ channel: DM });
  });

  test.each([
    [{ text: "" }, "no_text"],
    [{ channel: "C0ELSE", text: "hi" }, "channel_not_found"],
    [{ text: "hi", thread_ts: "1" }, "invalid_thread_ts"],
    [{ text: "hi", thread_ts: "1.000001" }, "thread_not_found"],
  ])("%j is refused: %s", async (args, error) => {
    expect(await post(args)).toMatchObject({ ok: false, error });
  });

  test("by a token that is none, or none for this, is refused", async () => {
    const to = { channel: GENERAL, text: "hi" };
    expect(await call("chat.postMessage", to, "xoxb-else")).toMatchObject({
      error: "invalid_auth",
    });
    expect(await call("apps.connections.open", {})).toMatchObject({
      error: "not_allowed_token_type",
    });
  });
});

describe("a change", () => {
  test("of the text alone leaves the blocks, an empty list takes them away", async () => {
    const { ts } = await post({ text: "Well?", blocks: [section("Well?"), actions(button("a"))] });
    await call("chat.update", { channel: GENERAL, ts, text: "Done" });
    expect(slack.seen.entries.at(-1)).toMatchObject({ text: "Well?", buttons: ["Yes"] });
    await call("chat.update", { channel: GENERAL, ts, blocks: [] });
    expect(slack.seen.entries.at(-1)).toMatchObject({ text: "Done", buttons: [] });
  });

  test("needs the channel's own id, and a message of the bot's that is there", async () => {
    const { ts } = await post({ channel: ALICE.user, text: "hi" });
    expect(await change(ALICE.user, ts)).toMatchObject({ error: "channel_not_found" });
    expect(await change(GENERAL, ts)).toMatchObject({ error: "message_not_found" });
    const { id } = slack.say(DM, "mine");
    expect(await change(DM, id)).toMatchObject({ error: "cant_update_message" });
    expect(await change(DM, ts)).toMatchObject({ ok: true, channel: DM });
  });

  test("of more than 4,000 characters is refused", async () => {
    const { ts } = await post({ text: "hi" });
    const longer = { channel: GENERAL, ts, text: "a".repeat(4001) };
    expect(await call("chat.update", longer)).toMatchObject({ error: "msg_too_long" });
  });
});

test("marks ring outside of code, and are not seen as they are written", async () => {
  await post({ text: "<!here> and <@U0ALICE>, not `<!channel>` or &lt;!everyone&gt;" });
  expect(slack.seen.entries.at(-1)).toMatchObject({
    text: "<!here> and <@U0ALICE>, not `<!channel>` or <!everyone>",
    pings: ["!here", "@U0ALICE"],
  });
});

test("a call beyond the limit is told how long to wait", async () => {
  void slack.limits.demand("chat.postMessage", 3);
  const { status, headers } = await post({ text: "hi" });
  expect([status, headers.get("retry-after")]).toEqual([429, "3"]);
  expect(await post({ text: "hi" })).toMatchObject({ ok: true });
});

test("a file is shared once its bytes came, as many as were announced", async () => {
  const begin = { filename: "a b.txt", length: 3 };
  const { upload_url: url, file_id: id } = await call("files.getUploadURLExternal", begin);
  const share = { channel_id: GENERAL, files: [{ id }], initial_comment: "here" };
  expect(await call("files.completeUploadExternal", share)).toMatchObject({
    error: "file_not_found",
  });
  const upload = (body: string) => fetch(String(url), { method: "POST", body });
  expect((await upload("four")).status).toBe(400);
  expect((await upload("abc")).status).toBe(200);
  expect(
    await call("files.completeUploadExternal", { ...share, channel_id: ALICE.user }),
  ).toMatchObject({ error: "channel_not_found" });
  expect(await call("files.completeUploadExternal", share)).toMatchObject({ ok: true });
  expect(slack.seen.entries.at(-1)).toMatchObject({ text: "here", files: [{ name: "a b.txt" }] });
});

test("a reaction is there once, on a message that is there, and under a name", async () => {
  const { ts } = await post({ text: "hi" });
  const react = (more: object, method = "reactions.add") =>
    call(method, { channel: GENERAL, timestamp: ts, name: "eyes", ...more });
  expect(await react({}, "reactions.remove")).toMatchObject({ error: "no_reaction" });
  expect(await react({})).toMatchObject({ ok: true });
  expect(await react({})).toMatchObject({ error: "already_reacted" });
  expect(await react({ name: "👀" })).toMatchObject({ error: "invalid_name" });
  expect(await react({ timestamp: "1.000000" })).toMatchObject({ error: "message_not_found" });
  expect(await react({}, "reactions.remove")).toMatchObject({ ok: true });
  expect(slack.signs.entries.map(({ sign, isThere }) => [sign, isThere])).toEqual([
    ["eyes", true],
    ["eyes", false],
  ]);
});
