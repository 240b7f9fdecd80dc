import type { Store } from "../store/store.ts";

/** The longest timer, 2^31 milliseconds: longer times take several. */
const LONGEST = 60 * 60 * 1000;
/**
 * Milliseconds after a failure until controllers are called again: a failing one may ask to be called at once, for
 * ever.
 */
const AFTER_FAILURE = 1000;

/**
 * Calls the store's controllers when they ask for it (CronJobs, deadlines), until closed. Does not keep the process
 * alive.
 */
export function setAlarm(
  store: Store,
  now: () => Date,
  onError: (error: Error) => void,
): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const wind = (least = 0) => {
    clearTimeout(timer);
    const wake = store.nextWake();
    if (wake === undefined) return;
    const wait = Math.min(Math.max(least, wake.getTime() - now().getTime()), LONGEST);
    timer = setTimeout(ring, wait);
    timer.unref();
  };
  const ring = () => {
    try {
      store.tick();
      wind();
    } catch (error) {
      onError(error as Error);
      wind(AFTER_FAILURE);
    }
  };
  const unsubscribe = store.subscribe(() => wind());
  wind();
  return {
    close() {
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
