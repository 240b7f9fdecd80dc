import type { ProbeHandler } from "../objects/pod.ts";
import type { CheckResult } from "./check.ts";
import type { Clock } from "./clock.ts";

/** Runs the action of a lifecycle hook; the promise settles soon after the signal aborts. */
export type Hook = (signal: AbortSignal) => Promise<CheckResult>;

const SLEEP = /^\s*(?:exec\s+)?(?:\/\S*\/)?sleep\s+[\d.]+[smh]?\s*$/;

/** Whether a hook only waits, to give a cluster's proxies time to notice that the pod is leaving. */
export function isPause({ sleep, exec }: ProbeHandler): boolean {
  if (sleep !== undefined) return true;
  const [program = "", ...args] = exec?.command ?? [];
  const isShell = /^(?:\/\S*\/)?(?:ba|da|a)?sh$/.test(program) && args[0] === "-c";
  return SLEEP.test(isShell ? (args[1] ?? "") : [program, ...args].join(" "));
}

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
