import type { Execution } from "../api/streaming/exec.ts";
import type { AttachedStreams } from "../runtime/container-streams.ts";

/**
 * Attaches to a container's process as if to a command. It ends when the process does, with the exit code from the
 * Pod's status.
 */
export function asExecution({
  stdin,
  stdout,
  stderr,
  ended,
  resize,
  leave,
}: AttachedStreams): Execution {
  return {
    stdin,
    stdout,
    stderr,
    exited: ended.then(() => ({ exitCode: 0 })),
    resize,
    kill: leave,
  };
}
