import type { ProbeHandler } from "../objects/pod.ts";
import type { CheckResult } from "./check.ts";
import type { Clock } from "./clock.ts";

/** Runs a lifecycle hook's action; the promise settles soon after the signal aborts. */
export type Hook = (signal: AbortSignal) => Promise<CheckResult>;

/** Waits, as `sleep` hooks do. */
export function sleepHook({ seconds }: NonNullable<ProbeHandler["sleep"]>, clock: Clock): Hook {
  return (signal) =>
    new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        signal.removeEventListener("abort", finish);
        resolve({ ok: true });
      };
      const cancel = clock.after(seconds * 1000, finish);
      signal.addEventListener("abort", finish, { once: true });
    });
}

/** Runs a hook for so many milliseconds at most. */
export async function within(
  milliseconds: number,
  hook: Hook,
  clock: Clock,
  hastened: AbortSignal,
): Promise<CheckResult> {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  const cancel = clock.after(milliseconds, stop);
  if (hastened.aborted) stop();
  hastened.addEventListener("abort", stop, { once: true });
  try {
    return await hook(abort.signal);
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  } finally {
    cancel();
    hastened.removeEventListener("abort", stop);
  }
}
