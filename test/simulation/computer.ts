/** What gateways run on: a simulated machine, or this one with real processes. */
import type { SharedServer } from "./codex/shared-server.js";
import type { Terminals } from "./codex/terminal.js";
import type { Incoming } from "./gateway.js";
import type { DiskCode } from "./plan.js";

/** Which copy of the plugin: as it is, or as an update brings it. */
export type Version = "installed" | "updated";

/** Absolute paths. */
export type Places = {
  stateDir: string;
  /** Where OpenClaw keeps what comes with messages. */
  inbound: string;
  workspace: string;
};

/** On a button of a message. */
export type Click = { to: string; messageId: number; data: string };

/** A gateway that was started. Nothing that is asked of one settles any more once that is gone. */
export type RunningGateway = {
  readonly run: number;
  /** It takes messages. */
  isUp: boolean;
  readonly isAlive: boolean;
  /** Settled when its process is gone. */
  readonly gone: PromiseWithResolvers<undefined>;
  start(version: Version): Promise<void>;
  replace(version: Version): Promise<void>;
  stop(): Promise<void>;
  configure(config: Record<string, unknown>): void;
  /** `unbound` if the host has nobody to hand the message to. */
  receive(message: Incoming): Promise<"unbound" | "taken">;
  command(chat: number, args: string): Promise<string>;
  /** What is said in answer to a click on a button, if anything. */
  click(click: Click, isAuthorizedSender: boolean): Promise<string>;
};

export type GatewayStart = {
  run: number;
  config: Record<string, unknown>;
  onWarning: (text: string) => void;
  /** Something in it threw that nobody caught. */
  onCrash: (error: unknown) => void;
};

export type Computer<G extends RunningGateway = RunningGateway> = {
  readonly places: Places;
  /** If Codex is behind a WebSocket. */
  readonly shared: Pick<SharedServer, "server"> | undefined;
  readonly terminals: Terminals | undefined;
  /** The plugin's settings of where Codex is. */
  readonly appServer: Record<string, unknown>;
  startGateway(start: GatewayStart): G;
  /** Settled when nothing of it is on its way any more. */
  kill(gateway: G): Promise<void>;
  losePower(gateway: G): Promise<void>;
  killCodex(): void;
  moveClock(byMs: number): void;
  troubleDisk(code: DiskCode, forMs: number): void;
  /** All files of the state folder. */
  files(): string[];
  /** Has a picture come with a message. */
  stage(file: string, content: Buffer): void;
  /** What it keeps in memory of more than there is, while nothing is under way; nothing where that cannot be seen. */
  tooMuch(gateway: G): string[];
  /** Ends the gateway in peace; returns what is left of it a while later. */
  end(gateway: G): Promise<string[]>;
};
