/** A link to another of the plugin's pages, which opens in the same view unless somebody wants another tab or window. */
import type { ControlUiHost, ControlUiPageTarget } from "openclaw/plugin-sdk/control-ui";
import { element } from "./dom.js";

export function pageLink(
  { navigation }: Pick<ControlUiHost, "navigation">,
  target: ControlUiPageTarget,
  label: string,
): HTMLAnchorElement {
  const link = element("a", { class: "codexchat-back", href: navigation.pageHref(target) }, label);
  opensHere(link, () => navigation.openPage(target));
  return link;
}

/** A plain click opens it here; whoever wants another tab or window gets that from the browser. */
export function opensHere(link: HTMLAnchorElement, open: () => void): void {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
}
