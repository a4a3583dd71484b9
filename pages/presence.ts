/** Whether somebody looks at a view, and when what it shows may be out of date. */
import type { ControlUiViewContext } from "openclaw/plugin-sdk/control-ui";
import type { PageGateway } from "./gateway.js";

type Reader = {
  setSeen(isSeen: boolean): void;
  /** All of it has to be read again. */
  changed(all: undefined): void;
};

export class Presence {
  readonly #reader: Reader;
  readonly #stop: () => void;
  #isPresented: boolean;

  /** @param onConnection after the connection to the gateway has changed in any way */
  constructor(
    { presented }: Pick<ControlUiViewContext, "presented">,
    gateway: Pick<PageGateway, "isConnected" | "onConnection">,
    reader: Reader,
    onConnection: () => void,
  ) {
    this.#reader = reader;
    this.#isPresented = presented;
    let wasConnected = gateway.isConnected;
    this.#stop = gateway.onConnection(() => {
      const { isConnected } = gateway;
      if (isConnected && !wasConnected) reader.changed(undefined);
      wasConnected = isConnected;
      onConnection();
    });
    document.addEventListener("visibilitychange", this.#look);
  }

  get isSeen(): boolean {
    return this.#isPresented && document.visibilityState === "visible";
  }

  /** To be called once the view can show what is read. */
  begin(): void {
    this.#look();
  }

  update({ presented }: Pick<ControlUiViewContext, "presented">): void {
    this.#isPresented = presented;
    this.#look();
  }

  end(): void {
    document.removeEventListener("visibilitychange", this.#look);
    this.#stop();
  }

  readonly #look = (): void => this.#reader.setSeen(this.isSeen);
}
