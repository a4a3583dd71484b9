/**
 * Reading without mending: whoever only looks, as a doctor or a command in a terminal does, leaves each file as the gateway
 * has it, with its modes.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { processWide } from "../common/process-wide.js";

const looking = processWide("only-looking", () => new AsyncLocalStorage<true>());

/** Nothing that `action` reads is closed to other users. It must start nothing that outlives it. */
export function onlyLooking<T>(action: () => Promise<T>): Promise<T> {
  return looking.run(true, action);
}

export function isOnlyLooking(): boolean {
  return looking.getStore() === true;
}
