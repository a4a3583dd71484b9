/** The plugin's pages in OpenClaw's Control UI: this file's bundle is loaded by the browser. */
import type {
  ControlUiPlugin,
  ControlUiView,
  ControlUiViewContext,
} from "openclaw/plugin-sdk/control-ui";
import { auditPageWords } from "../src/words/audit-page-words.js";
import { healthPageWords } from "../src/words/health-page-words.js";
import { threadPageWords } from "../src/words/thread-page-words.js";
import { pageWords } from "../src/words/page-words.js";
import type { ChatLinks } from "./chat-row.js";
import { mountChats, type View } from "./chats-view.js";
import { mountAudit } from "./audit-view.js";
import { mountHealth } from "./health-view.js";
import { pageLink } from "./page-link.js";
import { mountThread } from "./thread-view.js";

const PAGE = "chats";
const AUDIT = "audit";
const HEALTH = "health";

const targetOf = (params: Readonly<Record<string, string>>) => ({ id: PAGE, params });

/** The page that an address names: a chat's thread, the audit log, what is wrong, or the list. */
function show(container: HTMLElement, context: ControlUiViewContext): View {
  const { host, props } = context;
  const { navigation } = host;
  const linkTo = (view: string, label: string): HTMLElement =>
    pageLink(host, targetOf({ view }), label);
  const back = pageLink(host, { id: PAGE }, threadPageWords.back);
  const { chat, view } = props;
  if (chat) return mountThread(container, context, chat, back);
  if (view === AUDIT) return mountAudit(container, context, back);
  if (view === HEALTH) return mountHealth(container, context, back);
  const links: ChatLinks = {
    hrefOf: (session) => navigation.pageHref(targetOf({ chat: session })),
    open: (session) => navigation.openPage(targetOf({ chat: session })),
  };
  const more = [linkTo(AUDIT, auditPageWords.title), linkTo(HEALTH, healthPageWords.title)];
  return mountChats(container, context, links, more);
}

const addressOf = ({ props: { chat = "", view = "" } }: ControlUiViewContext): string =>
  JSON.stringify([chat, view]);

const mount: ControlUiView = (container, first) => {
  let shown = addressOf(first);
  let view = show(container, first);
  return {
    update(next) {
      if (addressOf(next) === shown) return view.update(next);
      view.dispose();
      shown = addressOf(next);
      view = show(container, next);
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
