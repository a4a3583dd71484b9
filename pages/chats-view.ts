/** The list of the bound chats: a search, what each chat is on, and what to do about those that do not get on. */
import type { ControlUiViewContext } from "openclaw/plugin-sdk/control-ui";
import { pageWords } from "../src/words/page-words.js";
import { ChatList, isAtWork, needsSomebody, type ShownChat } from "./chat-list.js";
import { chatRow, type ChatLinks } from "./chat-row.js";
import { ChatsReader } from "./chats-reader.js";
import { button, element, KeyedList, setHidden, setText } from "./dom.js";
import { PageGateway } from "./gateway.js";
import { Notice, reasonOf } from "./notices.js";
import { Presence } from "./presence.js";

/** How long something lasts is told in minutes. */
const AGES_MS = 30_000;

export type View = { update(context: ControlUiViewContext): void; focus(): void; dispose(): void };

export function mountChats(
  container: HTMLElement,
  context: ControlUiViewContext,
  links: ChatLinks,
  more: readonly HTMLElement[],
): View {
  const gateway = new PageGateway(context.host);
  const list = new ChatList();
  let hasRead = false;
  let failure: string | undefined;

  const search = element("input", {
    type: "search",
    class: "codexchat-search",
    "aria-label": pageWords.search,
    placeholder: pageWords.searchHint,
    autocomplete: "off",
    spellcheck: "false",
  });
  const summary = element("p", { class: "codexchat-summary", role: "status" });
  const notice = new Notice(gateway);
  const again = button(pageWords.tryAgain, () => reader.changed(undefined));
  const empty = element("p", { class: "codexchat-empty" });
  const rows = element("ul", { class: "codexchat-rows", "aria-label": pageWords.title });
  const page = element(
    "section",
    { class: "codexchat-page", "aria-label": pageWords.title },
    element(
      "div",
      { class: "codexchat-bar" },
      element("h1", { class: "codexchat-heading" }, pageWords.title),
      ...more,
    ),
    element("div", { class: "codexchat-bar" }, search, summary),
    notice.node,
    again,
    empty,
    rows,
  );
  const keyed = new KeyedList<ShownChat>(
    rows,
    ({ chat }) => chat.session,
    () => chatRow(list, links),
  );

  const show = (): void => {
    const shown = list.matching(search.value);
    keyed.show(shown);
    setText(summary, hasRead ? summaryOf(list.all, shown.length) : "");
    const isSaid = notice.show(failure === undefined ? undefined : pageWords.failed(failure));
    setHidden(again, failure === undefined || !gateway.isConnected);
    setText(empty, emptyWords(hasRead, list.all.length));
    setHidden(empty, shown.length > 0 || (isSaid && !hasRead));
  };
  const reader = new ChatsReader(gateway, list, (error) => {
    hasRead ||= error === undefined;
    failure = error === undefined ? undefined : reasonOf(error);
    show();
  });
  const presence = new Presence(context, gateway, reader, show);
  search.addEventListener("input", show);
  const stop = gateway.onChanged((sessions) => reader.changed(sessions));
  const ages = setInterval(() => {
    if (presence.isSeen) show();
  }, AGES_MS);

  container.append(page);
  show();
  presence.begin();
  return {
    update: (next) => presence.update(next),
    focus: () => search.focus(),
    dispose() {
      reader.end();
      clearInterval(ages);
      presence.end();
      stop();
      page.remove();
    },
  };
}

function summaryOf(all: readonly ShownChat[], shown: number): string {
  const waiting = all.filter(needsSomebody).length;
  const working = all.filter(isAtWork).length;
  return [
    pageWords.count(shown, all.length),
    ...(working > 0 ? [pageWords.atWork(working)] : []),
    ...(waiting > 0 ? [pageWords.needYou(waiting)] : []),
  ].join(" · ");
}

function emptyWords(hasRead: boolean, all: number): string {
  if (!hasRead) return pageWords.loading;
  return all === 0 ? `${pageWords.noChats} ${pageWords.howToBind}` : pageWords.noMatch;
}
