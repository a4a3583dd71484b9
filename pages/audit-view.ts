/** The audit log, filtered as somebody types: who had what done. It is read when the page opens, and when asked for again. */
import type { ControlUiViewContext } from "openclaw/plugin-sdk/control-ui";
import type { AuditLine } from "../src/host/audit-line.js";
import { auditPageWords as words } from "../src/words/audit-page-words.js";
import type { View } from "./chats-view.js";
import { button, element, foreign, KeyedList, setHidden, setText, type Part } from "./dom.js";
import { foreignLine } from "./foreign-line.js";
import { PageGateway } from "./gateway.js";
import { Notice, reasonOf } from "./notices.js";
import { searching } from "./search.js";

/** What a person looks through; the terminal tells all. */
const LINES = 500;

type Numbered = { key: string; line: AuditLine };

export function mountAudit(
  container: HTMLElement,
  context: ControlUiViewContext,
  back: HTMLElement,
): View {
  const gateway = new PageGateway(context.host);
  let lines: Numbered[] | undefined;
  let failure: string | undefined;
  let hasEnded = false;

  const search = element("input", {
    type: "search",
    class: "codexchat-search",
    "aria-label": words.search,
    placeholder: words.searchHint,
  });
  const again = button(words.again, () => void read());
  const summary = element("p", { class: "codexchat-summary", role: "status" });
  const notice = new Notice(gateway);
  const rows = element("ul", { class: "codexchat-rows", "aria-label": words.title });
  const keyed = new KeyedList<Numbered>(rows, ({ key }) => key, auditRow);
  const page = element(
    "section",
    { class: "codexchat-page", "aria-label": words.title },
    back,
    element("h1", { class: "codexchat-heading" }, words.title),
    element("div", { class: "codexchat-bar" }, search, again, summary),
    notice.node,
    rows,
  );
  const show = (): void => {
    const fits = searching(search.value);
    const shown = (lines ?? []).filter(({ line }) => fits(Object.values(line).join("\n")));
    keyed.show(shown);
    setText(summary, lines ? words.count(shown.length, lines.length) : "");
    notice.show(failure && words.failed(failure));
  };
  const read = async (): Promise<void> => {
    try {
      const answer = await gateway.audit(LINES);
      failure = undefined;
      // The newest first, each with a name that stays as others come.
      lines = answer
        .map((line, at) => ({ key: `${line.at} ${at} ${line.event}`, line }))
        .toReversed();
    } catch (error) {
      failure = reasonOf(error);
    }
    if (!hasEnded) show();
  };
  search.addEventListener("input", show);
  const stop = gateway.onConnection(show);
  container.append(page);
  show();
  if (gateway.mayRead && gateway.isConnected) void read();
  return {
    update: () => undefined,
    focus: () => search.focus(),
    dispose() {
      hasEnded = true;
      stop();
      page.remove();
    },
  };
}

function auditRow(): Part<Numbered> {
  const head = foreign("span", "codexchat-row__where");
  const outcome = element("span", { class: "codexchat-state", dir: "auto" });
  const about = foreign("div", "codexchat-row__about");
  const text = foreign("div", "codexchat-entry__text");
  const node = element(
    "li",
    { class: "codexchat-row" },
    element("div", { class: "codexchat-row__head" }, head, outcome),
    about,
    text,
  );
  return {
    node,
    show({ line }) {
      setText(head, foreignLine(words.what(line)));
      setText(outcome, foreignLine(line.outcome ?? ""));
      setHidden(outcome, (line.outcome ?? "") === "");
      setText(about, foreignLine(words.who(line)));
      setText(text, foreignLine(line.text ?? "", 600));
      setHidden(text, (line.text ?? "") === "");
    },
  };
}
