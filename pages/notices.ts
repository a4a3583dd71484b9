/** What a page says in the place of what it cannot show, or above it. */
import { pageWords } from "../src/words/page-words.js";
import { element, setHidden, setText } from "./dom.js";
import type { PageGateway } from "./gateway.js";

export class Notice {
  readonly node = element("p", { class: "codexchat-notice", role: "alert" });
  readonly #gateway: Pick<PageGateway, "isConnected" | "mayRead">;

  constructor(gateway: Pick<PageGateway, "isConnected" | "mayRead">) {
    this.#gateway = gateway;
  }

  /** @param failure in words, of the last reading. Returns whether there is anything to say. */
  show(failure: string | undefined): boolean {
    const said = this.#said(failure);
    setText(this.node, said ?? "");
    setHidden(this.node, said === undefined);
    return said !== undefined;
  }

  #said(failure: string | undefined): string | undefined {
    const { isConnected, mayRead } = this.#gateway;
    if (!isConnected) return pageWords.away;
    return mayRead ? failure : pageWords.mayNotRead;
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
