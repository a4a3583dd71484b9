/** The ids of what was posted to a chat, as the names of an outbox's files keep them. */
import { createHash } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import path from "node:path";

export const DONE = ".done";
/** The copy of the file that a post is about. */
export const ATTACHMENT = ".file";

/** How long ids are kept, and how many of a session: a goal's answers can be looked through again days later. */
const REMEMBER_MS = 30 * 24 * 3_600_000;
export const REMEMBER_COUNT = 500;

/** A copy whose post is not there after so long belongs to a process that died before it had stored that. */
const COPIED_WITHIN_MS = 3_600_000;

export function digestOf(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 20);
}

/** Without its ending. */
export function nameOf(number: number, digests: readonly string[]): string {
  return `${String(number).padStart(12, "0")}-${digests.join(".")}`;
}

/** 0 where the file is no post's. */
export function numberIn(name: string): number {
  const [, number = "0"] = /^(\d+)-[0-9a-f]+\./.exec(name) ?? [];
  return Number(number);
}

export function digestsIn(name: string): string[] {
  const [, digests = ""] = /^\d+-((?:[0-9a-f]{20}\.)+)/.exec(name) ?? [];
  return digests.split(".").filter((digest) => digest !== "");
}

/** Removes what is remembered no longer, and copies that nobody will send. */
export async function forgetOld(folder: string, names: readonly string[]): Promise<void> {
  const done = names.filter((name) => name.endsWith(DONE)).toSorted();
  const many = done.slice(0, Math.max(0, done.length - REMEMBER_COUNT));
  const orphans = names
    .filter((name) => name.endsWith(ATTACHMENT))
    .filter((copy) => !names.some((name) => name !== copy && isOfSamePost(name, copy)));
  const old = await Promise.all([
    ...done.slice(many.length).map((name) => olderThan(folder, name, REMEMBER_MS)),
    ...orphans.map((name) => olderThan(folder, name, COPIED_WITHIN_MS)),
  ]);
  await Promise.all(
    [...many, ...old.flat()].map((name) => rm(path.join(folder, name), { force: true })),
  );
}

async function olderThan(folder: string, name: string, ms: number): Promise<string[]> {
  // Whoever has sent it can be removing it.
  const facts = await stat(path.join(folder, name)).catch(() => undefined);
  return facts && Date.now() - facts.mtimeMs > ms ? [name] : [];
}

function isOfSamePost(name: string, copy: string): boolean {
  return name.startsWith(copy.slice(0, -ATTACHMENT.length));
}
