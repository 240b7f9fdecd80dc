import type { ContainerState } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { ProcessExit } from "./process-group.ts";

/** The reason, as containerd and the kubelet name it. */
export function exitReason(exit: ProcessExit): string {
  if (exit.startError !== undefined) return "StartError";
  return exit.exitCode === 0 ? "Completed" : "Error";
}

/** @param startedAt milliseconds since the epoch, as `finishedAt` */
export function terminatedState(
  exit: ProcessExit,
  startedAt: number,
  finishedAt: number,
): ContainerState & Required<Pick<ContainerState, "terminated">> {
  return {
    terminated: {
      exitCode: exit.exitCode,
      ...(exit.signal === undefined ? {} : { signal: exit.exitCode - 128 }),
      reason: exitReason(exit),
      ...(exit.startError === undefined ? {} : { message: exit.startError }),
      startedAt: timestamp(startedAt),
      finishedAt: timestamp(finishedAt),
    },
  };
}

/** `exit code 1: Error: no such database`: how it ended, and its last words. */
export function describeExit(exit: ProcessExit, lastLine = ""): string {
  if (exit.startError !== undefined) return exit.startError;
  if (exit.exitCode === 0) return "exited with code 0";
  const how = exit.signal === undefined ? `exit code ${exit.exitCode}` : `ended by ${exit.signal}`;
  return lastLine === "" ? how : `${how}: ${lastLine}`;
}

/** The container's state between two runs. @param wait milliseconds */
export function backOffState(container: string, wait: number, why: string): ContainerState {
  const message = `back-off ${formatDuration(wait)} restarting failed container=${container} (${why})`;
  return { waiting: { reason: "CrashLoopBackOff", message } };
}

/** `10s`, `2m40s`, `0.5s` */
function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 100) / 10;
  if (seconds < 60) return `${seconds}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m${whole % 60}s`;
}
