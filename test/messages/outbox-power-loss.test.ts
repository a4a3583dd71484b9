/** What of an outbox outlives a loss of power: nothing is sent a second time without a word of it. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { textInput } from "../../src/chat/turn-input.js";
import { ConversationInbox } from "../../src/messages/inbox.js";
import { digestOf } from "../../src/messages/outbox-ids.js";
import { OutboxStore } from "../../src/messages/outbox-store.js";
import { SimulatedMachine } from "../support/simulated-disk.js";

vi.mock("node:fs/promises", async () => {
  const { simulatedFsModule } = await import("../support/simulated-disk.js");
  return simulatedFsModule();
});

const SESSION = "/state/chat";
const POST = {
  id: "answer:1",
  kind: "answer",
  address: { channel: "telegram", to: "telegram:7" },
  text: "as you wish",
} as const;

const MESSAGE = {
  id: "1",
  workspaceDir: "/work",
  bindingCreatedAt: "",
  address: POST.address,
  input: [textInput("hi")],
  stage: { name: "waiting" as const },
};

const fail = (text: string): never => expect.fail(text);

describe.each(Array.from({ length: 12 }, (_, seed) => seed))("a loss of power (%i)", (seed) => {
  let machine: SimulatedMachine;
  beforeEach(() => {
    machine = SimulatedMachine.withState(seed);
  });

  test("while a post is sent leaves it in doubt", async () => {
    await machine.run(async () => {
      const store = new OutboxStore(fail);
      const item = await store.add(SESSION, POST);
      if (item) await store.note(item, { progress: { sent: 0, next: "sending" } });
    });
    machine.losePower();
    const [left] = await machine.run(() => new OutboxStore(fail).recover(SESSION));
    expect(left?.progress).toEqual({ sent: 0, next: "doubtful" });
  });

  test("while a post is stored leaves it whole, or to be posted again", async () => {
    const cut = new SimulatedMachine(seed);
    cut.disk.makeFolder(`${SESSION}.outbox`, 0o700, true);
    const file = cut.disk.create(`${SESSION}.outbox/000000000001-aaaa.json`, 0o600);
    cut.disk.write(file, Buffer.from(`${"\0".repeat(100)}"}\n`));
    cut.use();
    const store = new OutboxStore(fail);
    expect(await cut.run(() => store.recover(SESSION))).toEqual([]);
    expect(await cut.run(() => store.add(SESSION, POST))).toBeDefined();
  });

  test("after a file was posted leaves all of it", async () => {
    const picture = Buffer.from("a picture, all of it");
    machine.disk.write(machine.disk.create("/state/picture.png", 0o600), picture);
    const item = await machine.run(() =>
      new OutboxStore(fail).add(
        SESSION,
        { ...POST, text: undefined, file: { name: "picture.png" } },
        { attachment: "/state/picture.png" },
      ),
    );
    machine.losePower();
    const copy = item && new OutboxStore(fail).attachmentOf(item);
    expect(machine.disk.requireFile(copy ?? "", "open").content).toEqual(picture);
  });

  test("after a process was killed over a post, and the next one has taken that for stored, leaves it whole", async () => {
    const file = `${SESSION}.outbox/000000000001-${digestOf(POST.id)}.json`;
    const killed = JSON.stringify({ schemaVersion: 1, ...POST, postedAt: Date.now() });
    machine.disk.makeFolder(`${SESSION}.outbox`, 0o700, true);
    machine.disk.sync(machine.disk.requireFolder("/state", "sync"));
    machine.disk.write(machine.disk.create(file, 0o600), Buffer.from(`${killed}\n`));
    expect(await machine.run(() => new OutboxStore(fail).has(SESSION, POST.id))).toBe(true);
    machine.losePower();
    const [left] = await machine.run(() => new OutboxStore(fail).recover(SESSION));
    expect(left?.post.text).toBe(POST.text);
  });

  test("after a process was killed over a message, and the next one has taken it up, leaves it whole", async () => {
    const message = { ...MESSAGE, acceptedAt: Date.now() };
    const killed = await machine.run(() =>
      new ConversationInbox(fail).accept(SESSION, "m1", message),
    );
    const node = machine.disk.requireFile(killed?.file ?? "", "open");
    const folder = machine.disk.requireFolder(`${SESSION}.inbox`, "open");
    // As if the kill had come before the sync.
    const { content } = node;
    machine.disk.remove(killed?.file ?? "");
    machine.disk.sync(folder);
    machine.disk.write(machine.disk.create(killed?.file ?? "", 0o600), content);
    await machine.run(() => new ConversationInbox(fail).recover(SESSION));
    machine.losePower();
    expect(await machine.run(() => new ConversationInbox(fail).list(SESSION))).toHaveLength(1);
  });

  test("after a post was sent leaves its id, so that it is not posted again", async () => {
    await machine.run(async () => {
      const store = new OutboxStore(fail);
      const item = await store.add(SESSION, POST);
      if (item) await store.finish(item);
    });
    machine.losePower();
    const store = new OutboxStore(fail);
    expect(await machine.run(() => store.recover(SESSION))).toEqual([]);
    expect(await machine.run(() => store.has(SESSION, POST.id))).toBe(true);
  });
});
