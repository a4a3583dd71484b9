/** What a person can do on a thread's page: answer, write, stop, look after the queue, detach. Nothing without the right. */
import type { ThreadQuestion, ThreadShown } from "../src/operator/thread-facts.js";
import type { ActAnswer, DeskCommand, ShownFor } from "../src/operator/desk-facts.js";
import { threadPageWords as words } from "../src/words/thread-page-words.js";
import { button, element, foreign, KeyedList, setHidden, setText, type Part } from "./dom.js";
import { foreignCode, foreignText } from "./foreign-line.js";
import type { PageGateway } from "./gateway.js";
import { reasonOf } from "./notices.js";

type Acts = Pick<PageGateway, "act" | "say" | "detach" | "mayWrite" | "isConnected">;
type Waiting = ThreadShown["waiting"][number];

/** Marks the buttons that work while something else is under way. */
const ALWAYS = { "data-always": "" };

export class Desk {
  readonly node: HTMLElement;
  readonly #gateway: Acts;
  readonly #session: string;
  readonly #done: () => void;
  readonly #said = element("p", { class: "codexchat-summary", role: "status", dir: "auto" });
  readonly #questions = element("ul", { class: "codexchat-rows", "aria-label": words.questions });
  readonly #waiting = element("ul", { class: "codexchat-waiting", "aria-label": words.waiting });
  readonly #box = element("textarea", {
    class: "codexchat-search codexchat-box",
    "aria-label": words.messageBox,
    placeholder: words.messageHint,
    rows: "3",
    maxlength: "20000",
  });
  readonly #send = button(words.send, () => void this.#say());
  readonly #steer = button(words.steer, () => void this.#steerRunning());
  readonly #stop = button(words.stop, () => void this.#command("stop", "", this.#running), ALWAYS);
  readonly #hold = button(words.hold, () => void this.#command("queue", "hold"));
  readonly #release = button(words.release, () => void this.#command("queue", "go"));
  readonly #detach = button(words.detach, () => this.#askDetach(true));
  readonly #sure = element("div", { class: "codexchat-bar", role: "group" });
  readonly #acts = element("div", { class: "codexchat-acts" });
  readonly #mayNot = element("p", { class: "codexchat-summary" }, words.mayNotWrite);
  readonly #shownQuestions: KeyedList<ThreadQuestion>;
  readonly #shownWaiting: KeyedList<Waiting>;
  /** What goes one at a time. */
  #isBusy = false;
  #underWay = 0;
  #thread: string | undefined;
  #turn: string | undefined;

  constructor(gateway: Acts, session: string, done: () => void) {
    this.#gateway = gateway;
    this.#session = session;
    this.#done = done;
    this.#shownQuestions = new KeyedList(
      this.#questions,
      ({ handle }) => handle,
      (question) => this.#questionPart(question),
    );
    this.#shownWaiting = new KeyedList(
      this.#waiting,
      ({ id }) => id,
      (waiting) => this.#waitingPart(waiting),
    );
    this.#sure.append(
      element("p", { class: "codexchat-summary" }, words.detachSure),
      button(words.detachYes, () => void this.#detachChat()),
      button(words.cancel, () => this.#askDetach(false), ALWAYS),
    );
    setHidden(this.#sure, true);
    this.#box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.#say();
    });
    this.#acts.append(
      this.#box,
      element(
        "div",
        { class: "codexchat-bar" },
        this.#send,
        this.#steer,
        this.#stop,
        this.#hold,
        this.#release,
        this.#detach,
      ),
      this.#sure,
    );
    this.node = element(
      "div",
      { class: "codexchat-desk" },
      this.#questions,
      this.#waiting,
      this.#said,
      this.#mayNot,
      this.#acts,
    );
  }

  show(thread: ThreadShown | undefined): void {
    // The question was about the thread that was shown when it was asked.
    if (thread?.chat.thread !== this.#thread && !this.#sure.hidden) {
      const hadFocus = this.#sure.contains(document.activeElement);
      setHidden(this.#sure, true);
      if (hadFocus) this.#detach.focus();
    }
    this.#thread = thread?.chat.thread;
    this.#turn = thread?.turnId;
    const mayAct = this.#gateway.mayWrite && this.#gateway.isConnected && thread !== undefined;
    this.node.dataset["may"] = mayAct ? "act" : "look";
    setHidden(this.#mayNot, thread === undefined || this.#gateway.mayWrite);
    setHidden(this.#acts, !mayAct);
    this.#shownQuestions.show(thread?.questions ?? []);
    setHidden(this.#questions, (thread?.questions.length ?? 0) === 0);
    this.#shownWaiting.show(thread?.waiting ?? []);
    setHidden(this.#waiting, (thread?.waiting.length ?? 0) === 0);
    const { state } = thread?.chat ?? {};
    const isRunning = state === "running" || state === "asks" || state === "goal";
    setHidden(this.#stop, !isRunning);
    setHidden(this.#steer, !isRunning);
    const isHeld = thread?.isHeld === true;
    setHidden(this.#hold, (thread?.waiting.length ?? 0) === 0 || isHeld);
    setHidden(this.#release, !isHeld);
    // Those of a question or message that has just come, too.
    this.#enable();
  }

  #questionPart({ handle, whole, choices, takesWords }: ThreadQuestion): Part<ThreadQuestion> {
    const text = element("pre", { class: "codexchat-entry__block", dir: "ltr", tabindex: "0" });
    text.textContent = foreignCode(whole.text);
    const left = whole.left === undefined ? [] : [element("p", {}, words.left(whole.left))];
    const buttons = element("div", { class: "codexchat-bar codexchat-choices" });
    for (const { typed, label } of choices) {
      const [command = "", ...rest] = typed.split(" ");
      if (command !== "approve" && command !== "deny") continue;
      // Nobody says yes to what they were not shown.
      if (command === "approve" && whole.left !== undefined) continue;
      const attributes = command === "deny" ? ALWAYS : {};
      buttons.append(button(label, () => void this.#command(command, rest.join(" ")), attributes));
    }
    if (takesWords) {
      const box = element("input", { class: "codexchat-search", "aria-label": words.answerBox });
      const answer = button(
        words.answer,
        () => void this.#command("answer", `${handle} ${box.value}`),
      );
      buttons.append(box, answer);
    }
    const node = element(
      "li",
      { class: "codexchat-row", "data-state": "asks" },
      text,
      ...left,
      buttons,
    );
    return { node, show: () => undefined };
  }

  #waitingPart({ number, id }: Waiting): Part<Waiting> {
    const label = foreign("span", "codexchat-entry__text");
    const drop = button(
      words.dropShort,
      () => void this.#command("queue", `drop ${number}`, { threadId: this.#thread, waiting: id }),
    );
    drop.setAttribute("aria-label", words.drop(number));
    const node = element("li", { class: "codexchat-bar" }, label, drop);
    return { node, show: (waiting) => setText(label, foreignText(waiting.label.text)) };
  }

  #say(): Promise<void> {
    const text = this.#box.value;
    if (text.trim() === "") return Promise.resolve();
    return this.#do(
      () => this.#gateway.say(this.#session, text, { threadId: this.#thread }),
      () => this.#clear(text),
    );
  }

  #steerRunning(): Promise<void> {
    const text = this.#box.value;
    if (text.trim() === "") return Promise.resolve();
    return this.#do(
      () => this.#gateway.act(this.#session, "steer", text, this.#running),
      () => this.#clear(text),
    );
  }

  /** What is done holds for the thread, and where it matters the turn or message, that was shown. */
  #command(
    command: DeskCommand,
    text = "",
    shown: ShownFor = { threadId: this.#thread },
  ): Promise<void> {
    const act = () => this.#gateway.act(this.#session, command, text, shown);
    // What ends or refuses something must not wait for what is under way.
    return command === "stop" || command === "deny" ? this.#now(act) : this.#do(act);
  }

  get #running(): ShownFor {
    return { threadId: this.#thread, turnId: this.#turn };
  }

  /** What was typed since stays. */
  #clear(text: string): void {
    if (this.#box.value === text) this.#box.value = "";
  }

  #askDetach(isAsked: boolean): void {
    setHidden(this.#sure, !isAsked);
    const first = this.#sure.querySelector("button");
    if (isAsked) first?.focus();
    else this.#detach.focus();
  }

  async #detachChat(): Promise<void> {
    setHidden(this.#sure, true);
    await this.#do(() => this.#gateway.detach(this.#session, { threadId: this.#thread }));
  }

  /** One at a time: the buttons for it are disabled while one is under way. Never rejects. */
  async #do(act: () => Promise<ActAnswer>, then?: () => void): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const focused = document.activeElement;
    this.#enable();
    await this.#now(act, then);
    this.#isBusy = false;
    this.#enable();
    // A button that is disabled loses the focus.
    if (document.activeElement === document.body && focused instanceof HTMLButtonElement)
      focused.focus({ preventScroll: true });
  }

  /** Whatever else is under way. Never rejects. */
  async #now(act: () => Promise<ActAnswer>, then?: () => void): Promise<void> {
    this.#underWay += 1;
    this.node.setAttribute("aria-busy", "true");
    try {
      const answer = await act();
      setText(this.#said, foreignText(saidBy(answer)));
      if (answer.found === "one" && answer.isDone) then?.();
    } catch (error) {
      setText(this.#said, words.notDone(reasonOf(error)));
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.node.removeAttribute("aria-busy");
      this.#done();
    }
  }

  #enable(): void {
    for (const each of this.node.querySelectorAll("button"))
      each.disabled = this.#isBusy && !("always" in each.dataset);
  }
}

function saidBy(answer: ActAnswer): string {
  if (answer.found === "one") return answer.said;
  return answer.found === "none" ? words.gone : words.several;
}
