/**
 * How many pixels Codex unpacks at once. It reads a turn's pictures one after another, at about eight bytes a pixel
 * (0.171), and forgets them as it shows the person's message; but it begins on those of all turns at the same time, so that
 * five chats with a large picture each would take a gigabyte of it.
 */
import { processWide } from "../common/process-wide.js";
import { asRecord } from "./json.js";
import { MAX_PIXELS, pixelsOfDataUrl, pixelsOfFile } from "./picture-size.js";
import type { CodexClient, CodexNotification, CodexUserInput } from "./protocol.js";

/** Codex takes some seconds for a large picture. After this time it has it, or nothing more is heard of it. */
const READ_WITHIN_MS = 60_000;

type Room = {
  /** Pixels that are being read. */
  taken: number;
  /** Those who wait, the first one first. */
  waiting: { pixels: number; enter: () => void }[];
};

const rooms = processWide("picture-rooms", () => new WeakMap<CodexClient, Room>());

/**
 * Settles once Codex may be given the pictures of this input, in order of arrival, or `stopped` is aborted. What it gives
 * has to be called if Codex is not given them after all; else it ends by itself when Codex has read them. Never rejects.
 */
export async function pictureRoom(
  client: CodexClient,
  threadId: string,
  input: readonly CodexUserInput[],
  stopped?: AbortSignal,
): Promise<() => void> {
  if (input.every(({ type }) => type === "text")) return () => {};
  const sizes = await Promise.all(input.map(pixelsOf));
  const pixels = Math.min(Math.max(0, ...sizes), MAX_PIXELS);
  if (pixels === 0) return () => {};
  const room = rooms.get(client) ?? { taken: 0, waiting: [] };
  rooms.set(client, room);
  if (!(await entered(room, pixels, stopped))) return () => {};
  return untilRead(client, threadId, () => {
    room.taken -= pixels;
    letIn(room);
  });
}

/** False where it was called off. */
async function entered(room: Room, pixels: number, stopped?: AbortSignal): Promise<boolean> {
  const decided = Promise.withResolvers<boolean>();
  const one = { pixels, enter: () => decided.resolve(true) };
  const callOff = (): void => {
    if (!room.waiting.includes(one)) return;
    room.waiting = room.waiting.filter((other) => other !== one);
    decided.resolve(false);
    letIn(room);
  };
  room.waiting.push(one);
  stopped?.addEventListener("abort", callOff);
  if (stopped?.aborted) callOff();
  letIn(room);
  const isIn = await decided.promise;
  stopped?.removeEventListener("abort", callOff);
  return isIn;
}

function letIn(room: Room): void {
  for (
    let [first] = room.waiting;
    first && room.taken + first.pixels <= MAX_PIXELS;
    [first] = room.waiting
  ) {
    room.waiting.shift();
    room.taken += first.pixels;
    first.enter();
  }
}

/** Calls `leave` once, as soon as Codex has read what it was given, or cannot any more. */
function untilRead(client: CodexClient, threadId: string, leave: () => void): () => void {
  let removals: (() => void)[] = [];
  const end = (): void => {
    if (removals.length === 0) return;
    for (const remove of removals) remove();
    removals = [];
    leave();
  };
  const timer = setTimeout(end, READ_WITHIN_MS);
  timer.unref();
  removals = [
    () => clearTimeout(timer),
    client.addCloseHandler(end),
    client.addNotificationHandler(
      (notification) => {
        if (tellsOfRead(notification, threadId)) end();
      },
      { threadId },
    ),
  ];
  return end;
}

function tellsOfRead({ method, params }: CodexNotification, threadId: string): boolean {
  const told = asRecord(params);
  if (told?.threadId !== threadId) return false;
  if (method === "turn/completed") return true;
  return method === "item/started" && asRecord(told.item)?.type === "userMessage";
}

/** Zero where it is no picture of a kind that Codex unpacks. */
async function pixelsOf(part: CodexUserInput): Promise<number> {
  switch (part.type) {
    case "text":
    case "skill":
      return 0;
    case "localImage":
      return (await pixelsOfFile(part.path)) ?? 0;
    case "image":
      return (await pixelsOfDataUrl(part.url)) ?? 0;
  }
}
