/** The ids of what was posted to a chat, as the names of an outbox's files keep them. */
import { createHash } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import path from "node:path";

export const DONE = ".done";

/** How long ids are kept, and how many of a session: a goal's answers can be looked through again days later. */
const REMEMBER_MS = 30 * 24 * 3_600_000;
export const REMEMBER_COUNT = 500;

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

export async function forgetOld(folder: string, names: readonly string[]): Promise<void> {
  const done = names.filter((name) => name.endsWith(DONE)).toSorted();
  const many = done.slice(0, Math.max(0, done.length - REMEMBER_COUNT));
  const old = await Promise.all(
    done.slice(many.length).map(async (name) => {
      const { mtimeMs } = await stat(path.join(folder, name));
      return Date.now() - mtimeMs > REMEMBER_MS ? [name] : [];
    }),
  );
  await Promise.all(
    [...many, ...old.flat()].map((name) => rm(path.join(folder, name), { force: true })),
  );
}
