/** What is wrong with Codex, folders, chats and files, and what to run: what `openclaw codexchat doctor` finds. */
import type { ControlUiViewContext } from "openclaw/plugin-sdk/control-ui";
import type { DoctorAnswer } from "../src/operator/facts.js";
import { healthPageWords as words } from "../src/words/health-page-words.js";
import type { View } from "./chats-view.js";
import { button, element, foreign, setText } from "./dom.js";
import { foreignLine } from "./foreign-line.js";
import { PageGateway } from "./gateway.js";
import { Notice, reasonOf } from "./notices.js";

export function mountHealth(
  container: HTMLElement,
  context: ControlUiViewContext,
  back: HTMLElement,
): View {
  const gateway = new PageGateway(context.host);
  let found: DoctorAnswer | undefined;
  let failure: string | undefined;
  let isLooking = false;
  let hasEnded = false;

  const again = button(words.again, () => void look());
  const summary = element("p", { class: "codexchat-summary", role: "status" });
  const notice = new Notice(gateway);
  const about = foreign("div", "codexchat-entry__text");
  const rows = element("ul", { class: "codexchat-rows", "aria-label": words.title });
  const page = element(
    "section",
    { class: "codexchat-page", "aria-label": words.title },
    back,
    element("h1", { class: "codexchat-heading" }, words.title),
    element("div", { class: "codexchat-bar" }, again, summary),
    notice.node,
    about,
    rows,
  );
  const show = (): void => {
    setText(summary, isLooking ? words.looking : found ? words.summary(found) : "");
    notice.show(failure);
    setText(about, foreignLine(found?.about ?? "", 1000));
    rows.replaceChildren(...(found?.findings ?? []).map(findingRow));
  };
  const look = async (): Promise<void> => {
    if (isLooking || !gateway.mayRead || !gateway.isConnected) return;
    isLooking = true;
    show();
    try {
      found = await gateway.doctor();
      failure = undefined;
    } catch (error) {
      failure = words.failed(reasonOf(error));
    }
    isLooking = false;
    if (!hasEnded) show();
  };
  const stop = gateway.onConnection(show);
  container.append(page);
  show();
  void look();
  return {
    update: () => undefined,
    focus: () => again.focus(),
    dispose() {
      hasEnded = true;
      stop();
      page.remove();
    },
  };
}

function findingRow({ level, session, problem, run }: DoctorAnswer["findings"][number]): Node {
  const said = foreign("div", "codexchat-entry__text");
  said.textContent = foreignLine(problem, 2000);
  const command = element("pre", { class: "codexchat-entry__block", dir: "ltr" });
  command.textContent = foreignLine(run, 2000);
  return element(
    "li",
    { class: "codexchat-row", "data-state": level === "action" ? "lost" : "idle" },
    element(
      "div",
      { class: "codexchat-row__head" },
      element("span", { class: "codexchat-state" }, words.level(level)),
      element("span", { dir: "auto" }, foreignLine(session ?? "")),
    ),
    said,
    command,
  );
}
