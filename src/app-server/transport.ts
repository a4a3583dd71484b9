/** What a transport tells its connection. */
export type TransportListener = {
  /** One whole message. Not called after `onClose`. */
  onMessage(text: string): void;
  /** Called once, when nothing can be carried any more, whoever ended it. */
  onClose(reason: Error): void;
  /** Something arrived that is not a message; `kind` is a fixed phrase and holds nothing of the content. */
  onGarbage(kind: string): void;
};

/** Carries whole messages to and from one app-server, in order; knows nothing of their content. */
export interface Transport {
  /** Starts the process or dials; never throws. A failure comes through `onClose`. Called once. */
  open(listener: TransportListener): void;
  /** Queues a message, before the far end is ready as well. Throws SEND_BUFFER_FULL beyond MAX_UNSENT_BYTES. */
  send(message: string): void;
  /** Ends everything that `open` made; settled when it is gone, never rejected. Can be called again. */
  close(): Promise<void>;
  /** A turn was interrupted: what its commands have left on this machine is to end. */
  commandsKilled?(): void;
  /** Other clients may talk to the same app-server; a child process has nobody but us. */
  readonly isShared: boolean;
  /** What else is known of the far end, for error messages: the last lines of its stderr, or "". */
  readonly details: string;
}

/**
 * What may wait for a far end that does not read. In normal use next to nothing does: at most 64 requests
 * are in flight, and the largest text that Codex takes is 1 MiB. Inline images are the reason for the room.
 */
export const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** The longest message taken in. A resume with all turns of a 1000-turn thread is 1.8 MB. */
export const MAX_MESSAGE_LENGTH = 64 * 1024 * 1024;
