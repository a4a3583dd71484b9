/** What a page says in the place of what it cannot show, or above it. */
import { pageWords } from "../src/words/page-words.js";
import type { PageGateway } from "./gateway.js";

/** @param failure in words, of the last reading */
export function noticeOf(
  { isConnected, mayRead }: Pick<PageGateway, "isConnected" | "mayRead">,
  failure: string | undefined,
): string | undefined {
  if (!isConnected) return pageWords.away;
  return mayRead ? failure : pageWords.mayNotRead;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
