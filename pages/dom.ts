/**
 * Makes and changes elements. Texts are only ever set as texts: what a thread holds is anybody's, and none of it becomes
 * markup.
 */

type Attributes = Readonly<Record<string, string | undefined>>;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

export function button(
  label: string,
  press: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const about = { type: "button", class: "codexchat-button", ...attributes };
  const made = element("button", about, label);
  made.addEventListener("click", press);
  return made;
}

/** A text of somebody else's, which must not reorder what stands around it. */
export function foreign(name: "span" | "div" | "h2", className: string): HTMLElement {
  return element(name, { class: className, dir: "auto" });
}

export function setText(node: HTMLElement, text: string): void {
  // Setting the same text would end a selection in it.
  if (node.textContent !== text) node.textContent = text;
}

export function setHidden(node: HTMLElement, isHidden: boolean): void {
  if (node.hidden !== isHidden) node.hidden = isHidden;
}

/** A thing on the page that is kept while what it shows changes. */
export type Part<T> = { node: HTMLElement; show(value: T): void };

/** Keeps an element for each key, in the order of the values. What has the focus keeps it. */
export class KeyedList<T> {
  readonly #parent: HTMLElement;
  readonly #keyOf: (value: T) => string;
  readonly #make: (value: T) => Part<T>;
  readonly #parts = new Map<string, Part<T>>();

  constructor(parent: HTMLElement, keyOf: (value: T) => string, make: (value: T) => Part<T>) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#make = make;
  }

  show(values: readonly T[]): void {
    const focused = this.#parent.contains(document.activeElement) ? document.activeElement : null;
    const gone = new Set(this.#parts.keys());
    let next = this.#parent.firstElementChild;
    for (const value of values) {
      const key = this.#keyOf(value);
      gone.delete(key);
      const part = this.#partOf(key, value);
      part.show(value);
      if (part.node === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(part.node, next);
    }
    for (const key of gone) {
      this.#parts.get(key)?.node.remove();
      this.#parts.delete(key);
    }
    if (focused instanceof HTMLElement && focused.isConnected && document.activeElement !== focused)
      focused.focus({ preventScroll: true });
  }

  #partOf(key: string, value: T): Part<T> {
    const known = this.#parts.get(key);
    if (known) return known;
    const made = this.#make(value);
    this.#parts.set(key, made);
    return made;
  }
}
