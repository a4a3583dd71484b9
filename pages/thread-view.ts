/** One chat's thread: its transcript as it grows, what is asked and waits, and what can be done about it. */
import type { ControlUiViewContext } from "openclaw/plugin-sdk/control-ui";
import type { ThreadAnswer, ThreadShown } from "../src/operator/thread-facts.js";
import { pageWords } from "../src/words/page-words.js";
import { threadPageWords as words } from "../src/words/thread-page-words.js";
import type { View } from "./chats-view.js";
import { Desk } from "./desk.js";
import { button, element, foreign, KeyedList, setHidden, setText } from "./dom.js";
import { foreignLine } from "./foreign-line.js";
import { PageGateway } from "./gateway.js";
import { Notice, reasonOf } from "./notices.js";
import { Presence } from "./presence.js";
import { threadEntry } from "./thread-entry.js";
import { ThreadReader } from "./thread-reader.js";
import { Transcript, type Entry } from "./transcript.js";

/** Whoever is so close to the end wants to see what comes. */
const NEAR_PX = 80;

export function mountThread(
  container: HTMLElement,
  context: ControlUiViewContext,
  session: string,
  back: HTMLElement,
): View {
  const gateway = new PageGateway(context.host);
  const transcript = new Transcript();
  let shown: ThreadShown | undefined;
  let failure: string | undefined;
  let isGone = false;

  const title = element("h1", { class: "codexchat-heading", dir: "auto" });
  const state = element("span", { class: "codexchat-state", role: "status" });
  const where = foreign("div", "codexchat-row__about");
  const about = foreign("div", "codexchat-row__about");
  const notice = new Notice(gateway);
  const again = button(pageWords.tryAgain, () => reader.changed());
  const earlier = button(words.earlier, () => {
    if (transcript.earlier !== undefined) reader.wantEarlier(transcript.earlier);
  });
  const empty = element("p", { class: "codexchat-empty" });
  const entries = element("ol", { class: "codexchat-entries" });
  const scroller = element(
    "div",
    { class: "codexchat-scroller", role: "log", "aria-label": words.transcript, tabindex: "0" },
    earlier,
    empty,
    entries,
  );
  const decided = element("ul", { class: "codexchat-decisions" });
  const decisions = element("details", {}, element("summary", {}, words.decisions), decided);
  const desk = new Desk(gateway, session, () => reader.changed());
  const page = element(
    "section",
    { class: "codexchat-page codexchat-page--thread", "aria-label": pageWords.title },
    back,
    element("div", { class: "codexchat-row__head" }, title, state),
    where,
    about,
    notice.node,
    again,
    scroller,
    decisions,
    desk.node,
  );
  const keyed = new KeyedList<Entry>(entries, ({ key }) => key, threadEntry);

  const show = (): void => {
    const problem = shown?.problem;
    const whatIsWrong =
      failure !== undefined
        ? words.failedToRead(failure)
        : isGone
          ? words.gone
          : problem && words.noTurns(problem);
    const isSaid = notice.show(whatIsWrong);
    setHidden(again, failure === undefined || !gateway.isConnected);
    const { chat } = shown ?? {};
    setText(title, foreignLine(chat?.title ?? pageWords.noTitle));
    setText(state, chat ? pageWords.state(chat, chat.runningMs) : "");
    page.dataset["state"] = chat?.state ?? "";
    const place = chat && [pageWords.where(chat), chat.folder ?? pageWords.noFolder];
    setText(where, foreignLine(place?.join(" · ") ?? ""));
    setText(about, foreignLine(chat ? words.about(chat) : ""));
    const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
    const shownEntries = transcript.entries;
    keyed.show(shownEntries);
    if (isAtEnd) scroller.scrollTop = scroller.scrollHeight;
    setText(empty, shown ? words.nothingYet : words.loading);
    setHidden(empty, shownEntries.length > 0 || isSaid);
    setHidden(earlier, transcript.earlier === undefined);
    decided.replaceChildren(
      ...(shown?.decisions ?? [])
        .toReversed()
        .map(({ at, by, senderId, outcome }) =>
          element(
            "li",
            { dir: "auto" },
            foreignLine(words.decision(at, senderId ?? by ?? words.nobody, outcome)),
          ),
        ),
    );
    setHidden(decisions, (shown?.decisions.length ?? 0) === 0);
    desk.show(isGone ? undefined : shown);
  };
  const take = (answer: ThreadAnswer): ThreadShown | undefined => {
    failure = undefined;
    isGone = answer.found !== "one";
    if (answer.found !== "one") return undefined;
    shown = answer;
    return answer;
  };
  const reader = new ThreadReader(
    {
      get isConnected() {
        return gateway.isConnected;
      },
      get mayRead() {
        return gateway.mayRead;
      },
      thread: (before) => gateway.thread(session, before),
    },
    {
      latest: (answer) => {
        const taken = take(answer);
        if (taken && taken.problem === undefined) transcript.takeLatest(taken);
        show();
      },
      earlier: (answer) => {
        const from = scroller.scrollHeight - scroller.scrollTop;
        const taken = take(answer);
        if (taken && taken.problem === undefined) transcript.takeEarlier(taken);
        show();
        // What was in view stays there.
        scroller.scrollTop = scroller.scrollHeight - from;
      },
      failed: (error) => {
        failure = reasonOf(error);
        show();
      },
    },
  );
  const presence = new Presence(context, gateway, reader, show);
  const stop = gateway.onProgress((sessions) => {
    if (sessions === undefined || sessions.includes(session)) reader.changed();
  });
  container.append(page);
  show();
  presence.begin();
  return {
    update: (next) => presence.update(next),
    focus: () => scroller.focus(),
    dispose() {
      reader.end();
      presence.end();
      stop();
      page.remove();
    },
  };
}
