/** One chat in the list. */
import { pageWords } from "../src/words/page-words.js";
import type { ChatList, ShownChat } from "./chat-list.js";
import { element, foreign, setHidden, setText, type Part } from "./dom.js";
import { foreignLine } from "./foreign-line.js";
import { opensHere } from "./page-link.js";

/** The pages of the chats' threads. */
export type ChatLinks = { hrefOf(session: string): string; open(session: string): void };

export function chatRow(list: ChatList, links: ChatLinks): Part<ShownChat> {
  const title = element("a", { class: "codexchat-row__title", dir: "auto" });
  const heading = element("h2", { class: "codexchat-row__heading" }, title);
  opensHere(title, () => links.open(node.dataset["session"] ?? ""));
  const state = element("span", { class: "codexchat-state" });
  const where = foreign("span", "codexchat-row__where");
  const folder = foreign("span", "codexchat-row__folder");
  const server = foreign("span", "codexchat-row__server");
  const active = element("span", { class: "codexchat-row__active" });
  const advice = element("p", { class: "codexchat-row__advice" });
  const node = element(
    "li",
    { class: "codexchat-row" },
    element("div", { class: "codexchat-row__head" }, heading, state),
    element("div", { class: "codexchat-row__about" }, where, folder, server, active),
    advice,
  );
  return {
    node,
    show({ chat, runningSince }) {
      const now = Date.now();
      node.dataset["state"] = chat.state;
      node.dataset["session"] = chat.session;
      title.href = links.hrefOf(chat.session);
      setText(title, foreignLine(list.titleOf(chat) ?? pageWords.noTitle));
      setText(
        state,
        pageWords.state(chat, runningSince === undefined ? undefined : now - runningSince),
      );
      setText(where, foreignLine(pageWords.where(chat)));
      setText(folder, foreignLine(chat.folder ?? pageWords.noFolder));
      setHidden(server, chat.server === undefined || chat.server === "local");
      setText(server, foreignLine(chat.server ?? ""));
      const { lastActivityAt: at } = chat;
      setText(active, at === undefined ? pageWords.neverActive : pageWords.active(now - at));
      const said = pageWords.advice(chat, now);
      setText(advice, said ?? "");
      setHidden(advice, said === undefined);
    },
  };
}
