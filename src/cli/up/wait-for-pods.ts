import type { Writable } from "node:stream";
import type { Store } from "../../store/store.ts";
import { podsSettled, startingPods } from "./pods-settled.ts";

/** Milliseconds after which it is told what is waited for. */
const QUIET = 1000;

/** Waits until local pods are ready, at most `patience` milliseconds, and says so if that takes long. */
export async function waitForPods(stderr: Writable, store: Store, patience: number): Promise<void> {
  const timer = setTimeout(() => {
    const names = startingPods(store).map(({ metadata }) => metadata.name);
    if (names.length === 0) return;
    const most = `${patience / 1000} s`;
    stderr.write(`waiting for ${listed(names)} to be ready, ${most} at most\n`);
  }, QUIET);
  try {
    await podsSettled(store, patience);
  } finally {
    clearTimeout(timer);
  }
}

/** `a, b, c and 4 more` */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
