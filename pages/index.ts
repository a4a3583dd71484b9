/** The plugin's pages in OpenClaw's Control UI: this file's bundle is loaded by the browser. */
import type { ControlUiPlugin } from "openclaw/plugin-sdk/control-ui";
import { pageWords } from "../src/words/page-words.js";
import { mountChats } from "./chats-view.js";

const PAGE = "chats";

const plugin: ControlUiPlugin = {
  id: "codex-conversation",
  activate(host) {
    const label = pageWords.title;
    host.ui.registerNavigation({ id: PAGE, label, page: { id: PAGE }, icon: "terminal" });
    host.ui.registerPage({ id: PAGE, label, mount: mountChats });
  },
};

export default plugin;
