import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import type { Gateway } from "../support/gateway.js";
import { asObject, parseJson } from "../support/wire-guards.js";
import { launchChromium } from "./chromium.js";

/** The page's first load on a busy machine is its slowest. */
const WAIT_MS = 60_000;
const VIEWPORT = { width: 1280, height: 900 };
const PHONE_WIDTH = 390;

/** OpenClaw's Control UI in a headless Chromium, signed in with the gateway's token as the owner is. */
export class ControlUi implements AsyncDisposable {
  readonly page: Page;
  readonly #gateway: Gateway;
  /** Ends with it. */
  readonly #owned: AsyncDisposable;

  static async open(gateway: Gateway): Promise<ControlUi> {
    const browser = await launchChromium();
    const context = await browser.newContext({ viewport: VIEWPORT });
    return ControlUi.#in(gateway, context, browser);
  }

  static async #in(
    gateway: Gateway,
    context: BrowserContext,
    owned: AsyncDisposable,
  ): Promise<ControlUi> {
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    return new ControlUi(gateway, page, owned);
  }

  /** Another window of the same browser, which closes with it. */
  anotherWindow(): Promise<ControlUi> {
    return ControlUi.#in(this.#gateway, this.page.context(), new AsyncDisposableStack());
  }

  private constructor(gateway: Gateway, page: Page, owned: AsyncDisposable) {
    this.#gateway = gateway;
    this.#owned = owned;
    this.page = page;
  }

  /** Opens one of its pages, as a link of `openclaw dashboard` does. */
  async visit(path: string): Promise<void> {
    const config = asObject(parseJson(await readFile(this.#gateway.configFile, "utf8")));
    const { port, auth } = asObject(config["gateway"]);
    const token = asObject(auth)?.["token"];
    await this.page.goto(`http://127.0.0.1:${String(port)}${path}#token=${String(token)}`);
  }

  /** Says something in its web chat. */
  async say(text: string): Promise<void> {
    const box = this.page.getByRole("textbox", { name: "Chat composer" });
    await box.fill(text);
    await box.press("Enter");
  }

  /** Resolves once a text stands on the page, by itself in its element. */
  async shows(text: string): Promise<void> {
    await this.page.getByText(text, { exact: true }).first().waitFor();
  }

  /** Keeps pictures of what is seen now as it is on a desk and on a phone, light and dark. */
  async keepEachWay(name: string): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [VIEWPORT.width, PHONE_WIDTH]) {
        /* oxlint-disable no-await-in-loop -- It is one window. */
        await this.page.emulateMedia({ colorScheme });
        await this.page.setViewportSize({ ...VIEWPORT, width });
        // What slides away on a narrow window does not stand in front of the page.
        await this.page.waitForFunction(() =>
          document
            .getAnimations()
            .every(
              ({ playState, effect }) =>
                playState !== "running" || !isFinite(Number(effect?.getComputedTiming().endTime)),
            ),
        );
        const place = new URL(`screenshots/${name}-${width}-${colorScheme}.png`, import.meta.url);
        await this.page.screenshot({ path: fileURLToPath(place), animations: "disabled" });
        /* oxlint-enable no-await-in-loop */
      }
    }
    await this.page.emulateMedia({ colorScheme: null });
    await this.page.setViewportSize(VIEWPORT);
  }

  /** Keeps a picture of what is seen now, for people to look at. @param height of all that is to be on it */
  async keep(name: string, height = VIEWPORT.height): Promise<void> {
    // The page scrolls within itself, so that only a taller window shows more of it.
    await this.page.setViewportSize({ ...VIEWPORT, height });
    const place = new URL(`screenshots/${name}.png`, import.meta.url);
    await this.page.screenshot({ path: fileURLToPath(place), animations: "disabled" });
    await this.page.setViewportSize(VIEWPORT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }
}
