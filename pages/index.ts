/** The plugin's pages in OpenClaw's Control UI: this file's bundle is loaded by the browser. */
import type {
  ControlUiPlugin,
  ControlUiView,
  ControlUiViewContext,
} from "openclaw/plugin-sdk/control-ui";
import { pageWords } from "../src/words/page-words.js";
import type { ChatLinks } from "./chat-row.js";
import { mountChats, type View } from "./chats-view.js";
import { mountThread } from "./thread-view.js";

const PAGE = "chats";

const targetOf = (session: string) => ({
  id: PAGE,
  ...(session === "" ? {} : { params: { chat: session } }),
});

/** The session that the address names; empty for the list. */
const sessionIn = ({ props }: ControlUiViewContext): string => props["chat"] ?? "";

/** The list, or the thread of the chat that the address names. */
const mount: ControlUiView = (container, first) => {
  const { navigation } = first.host;
  const links: ChatLinks = {
    hrefOf: (session) => navigation.pageHref(targetOf(session)),
    open: (session) => navigation.openPage(targetOf(session)),
  };
  const show = (context: ControlUiViewContext): View => {
    const session = sessionIn(context);
    return session === ""
      ? mountChats(container, context, links)
      : mountThread(container, context, session, links);
  };
  let shown = sessionIn(first);
  let view = show(first);
  return {
    update(next) {
      if (sessionIn(next) === shown) return view.update(next);
      view.dispose();
      shown = sessionIn(next);
      view = show(next);
    },
    focus: () => view.focus(),
    dispose: () => view.dispose(),
  };
};

const plugin: ControlUiPlugin = {
  id: "codex-conversation",
  activate(host) {
    const label = pageWords.title;
    host.ui.registerNavigation({ id: PAGE, label, page: { id: PAGE }, icon: "terminal" });
    host.ui.registerPage({ id: PAGE, label, mount });
  },
};

export default plugin;
