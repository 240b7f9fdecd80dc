import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<true>();
let used = false;

/**
 * Runs a function, and everything asynchronous that it starts, as if no Service name were known: the system's
 * names and addresses, nothing else.
 * @returns what the function returns.
 */
export function bypass<T>(run: () => T): T {
  used = true;
  return storage.run(true, run);
}

/** Asking costs nothing in programs that never bypass. */
export function isBypassed(): boolean {
  return used && storage.getStore() === true;
}
