/** What an answer becomes in its chat: messages, or the beginning of it and a file where it would be too many. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { PluginHost } from "../host/plugin-host.js";
import type { ChatButton } from "./buttons.js";
import { sendNote } from "./note.js";
import { outboxWords } from "../words/outbox-words.js";
import {
  canDeliverFiles,
  messagesOf,
  sendFile,
  sendText,
  unsentSince010,
  type ReplyAddress,
} from "./delivery.js";
import { copyOut, writeOut, type OutgoingFile } from "./outgoing-files.js";

type Host = Pick<PluginHost, "runtime" | "logger">;

/** Nobody scrolls through more on a phone; and a group takes 20 messages a minute, from all of its topics. */
const MAX_MESSAGES = 8;
const MAX_CHARACTERS = 30_000;

const FILE_NAME = "answer.md";

type Part = { text: string } | { document: { name: string; text: string } };

/** One message as its channel is given it. */
export type OutgoingMessage =
  | { text: string; buttons?: ChatButton[] }
  | { document: { name: string; text: string }; caption: string }
  | { file: { name: string; path: string }; caption: string };

/** @throws where the channel cannot be written to */
export async function partsOf(
  host: Host,
  address: ReplyAddress,
  text: string,
  { filesToo }: { filesToo: boolean },
): Promise<Part[]> {
  if (!filesToo || !(await canDeliverFiles(host, address.channel))) {
    return asText(await messagesOf(host, address, text));
  }
  // Of what goes as a file only the beginning is split.
  const messages = await messagesOf(host, address, text.slice(0, MAX_CHARACTERS));
  const isLong = messages.length > MAX_MESSAGES || text.length > MAX_CHARACTERS;
  if (!isLong || text.trim() === "") return asText(messages);
  const beginning = messages.slice(0, 1);
  return [
    { text: [...beginning, outboxWords.wholeInFile(FILE_NAME)].join("\n\n") },
    { document: { name: FILE_NAME, text } },
  ];
}

/** Of a text of which version 0.1.0 has sent so many messages. @throws where the channel cannot be written to */
export async function partsSince010(
  host: Host,
  address: ReplyAddress,
  text: string,
  sent: number,
): Promise<Part[]> {
  return asText(await unsentSince010(host, address, text, sent));
}

function asText(messages: readonly string[]): Part[] {
  return messages.map((message) => ({ text: message }));
}

/** @throws the channel's error, SendTimeoutError */
export async function sendMessage(
  host: Host,
  address: ReplyAddress,
  message: OutgoingMessage,
): Promise<void> {
  if ("text" in message) {
    const { text, buttons } = message;
    if (buttons === undefined) return sendText(host, address, text);
    await sendNote(host, address, text, buttons);
    return;
  }
  const stateDir = host.runtime.state.resolveStateDir();
  const file =
    "document" in message
      ? await writeOut(stateDir, message.document.name, message.document.text)
      : await copyOfFile(stateDir, message.file);
  try {
    await sendFile(host, address, file, message.caption);
  } finally {
    await file.remove().catch(() => undefined);
  }
}

/** Channels read only what lies in the host's media folder. */
async function copyOfFile(
  stateDir: string,
  file: { name: string; path: string },
): Promise<OutgoingFile> {
  const handle = await open(file.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return await copyOut(stateDir, { handle, name: file.name }, Number.MAX_SAFE_INTEGER);
  } finally {
    await handle.close();
  }
}
