import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<true>();
let used = false;

/**
 * Runs a function, and everything asynchronous that it starts, without Service names: only the system's names and
 * addresses apply.
 * @returns what the function returns.
 */
export function bypass<T>(run: () => T): T {
  used = true;
  return storage.run(true, run);
}

/** The check costs nothing in programs that never bypass. */
export function isBypassed(): boolean {
  return used && storage.getStore() === true;
}
