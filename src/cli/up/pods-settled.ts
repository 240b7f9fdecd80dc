import { isReady, type Pod } from "../../objects/pod.ts";
import type { Store } from "../../store/store.ts";

/** Milliseconds without a starting pod: one that became ready may let the next one begin. */
const CALM = 50;

/** Resolves when no local pod is still on its way to being ready, or after `patience` milliseconds. */
export function podsSettled(store: Store, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      clearTimeout(calm);
      unsubscribe();
      resolve();
    };
    let calm: NodeJS.Timeout | undefined;
    const look = () => {
      clearTimeout(calm);
      if (startingPods(store).length === 0) calm = setTimeout(done, CALM);
    };
    const timer = setTimeout(done, patience);
    const unsubscribe = store.subscribe(look);
    look();
  });
}

/** The local pods that are still on their way to being ready. */
export function startingPods(store: Store): Pod[] {
  return store.list("Pod").filter(isStarting);
}

/** Names of local pods that are to serve and do not. */
export function unreadyPods(store: Store): string[] {
  return store
    .list("Pod")
    .filter(({ status }) => status?.podIP !== undefined)
    .filter((pod) => !isReady(pod) && pod.status?.phase !== "Succeeded")
    .map(({ metadata }) => metadata.name);
}

/** It runs here (it has an address), and is neither ready nor given up. */
function isStarting(pod: Pod): boolean {
  const { status } = pod;
  if (status?.podIP === undefined || isReady(pod)) return false;
  if (status.phase === "Succeeded" || status.phase === "Failed") return false;
  return !status.containerStatuses?.some(
    ({ state, restartCount }) => restartCount > 0 || state?.waiting?.reason === "CrashLoopBackOff",
  );
}
