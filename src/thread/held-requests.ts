/**
 * What Codex asks on a thread before its turn is listened to. A thread that is resumed in the middle of its turn has all
 * that it waits for sent again at once, sooner than it is known whether the turn is one of ours.
 */
import type {
  CodexClient,
  CodexRequestHandler,
  CodexServerRequest,
} from "../app-server/protocol.js";

export type HeldRequests = {
  /** Has them answered by whoever listens from now on. */
  handOver(this: void, answer: CodexRequestHandler): void;
  /** Nobody listens after all: Codex is told so. Does nothing after they were handed over. */
  release(this: void): void;
};

/** Whoever holds them hands them over or releases them. */
export function holdRequests(client: CodexClient, threadId: string): HeldRequests {
  type Answer = ReturnType<CodexRequestHandler>;
  const held: { request: CodexServerRequest; settle: (answer: Answer) => void }[] = [];
  const remove = client.addRequestHandler(
    (request) => {
      const { promise, resolve } = Promise.withResolvers<Awaited<Answer>>();
      held.push({ request, settle: resolve });
      return promise;
    },
    { threadId },
  );
  const end = (answer: CodexRequestHandler): void => {
    remove();
    for (const { request, settle } of held.splice(0)) settle(answer(request));
  };
  return { handOver: end, release: () => end(() => undefined) };
}
