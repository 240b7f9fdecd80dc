import type { Execution } from "../api/streaming/exec.ts";
import type { AttachedStreams } from "../runtime/container-streams.ts";

/** What is attached to a container's process, as if it were a command: it ends with the process, whose exit the Pod's status tells. */
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
