import type { StringMap } from "../objects/object.ts";
import type { Check, CheckResult } from "./check.ts";
import type { Clock } from "./clock.ts";
import { OutputTail } from "./output-tail.ts";
import { type ProcessExit, ProcessGroup, type Spawn } from "./process-group.ts";

export interface ExecOptions {
  /** Its name in messages. */
  readonly label: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: StringMap;
  readonly clock: Clock;
  readonly spawn?: Spawn;
}

/** Succeeds when the command ends with exit code 0; it runs next to the container, with its environment. */
export function execCheck({ label, command, ...options }: ExecOptions): Check {
  return (signal) =>
    new Promise<CheckResult>((resolve) => {
      const tail = new OutputTail();
      let ended: ProcessExit | undefined;
      const group = new ProcessGroup({
        ...options,
        command,
        onLine: (_stream, line) => tail.add(line),
        onExit: (exit) => {
          ended = exit;
          group.signal("SIGKILL");
        },
        onOutputEnd: () => {
          signal.removeEventListener("abort", onAbort);
          resolve(resultOf(label, ended, tail));
        },
      });
      const onAbort = (): void => {
        group.signal("SIGKILL");
        resolve({ ok: false, message: `${label} did not end in time` });
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
}

function resultOf(label: string, exit: ProcessExit | undefined, tail: OutputTail): CheckResult {
  if (exit?.exitCode === 0) return { ok: true };
  if (exit?.startError !== undefined) {
    return { ok: false, message: `${label}: ${exit.startError}`, unavailable: true };
  }
  const code = `${label} ended with exit code ${exit?.exitCode}`;
  return { ok: false, message: tail.reason === "" ? code : `${code}: ${tail.reason}` };
}
