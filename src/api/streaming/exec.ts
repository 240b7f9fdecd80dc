import type { Readable, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { WebSocket } from "ws";
import { CHANNEL, Channels } from "./channels.ts";

/** The request to run a command in a container. */
export interface ExecRequest {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

export interface ExecExit {
  readonly exitCode: number;
  /** Why it could not be started. */
  readonly startError?: string;
}

/** A command that runs in a container. */
export interface Execution {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  /** Settles when the command has ended; its output may come after. */
  readonly exited: Promise<ExecExit>;
  resize(columns: number, rows: number): void;
  /** Ends it: nobody waits for it any more. */
  kill(): void;
}

/** Carries a command's streams over a WebSocket until it has ended, and says how. */
export async function serveExec(socket: WebSocket, execution: Execution): Promise<void> {
  const { stdin, stdout, stderr } = execution;
  stdin?.on("error", () => {});
  const channels = new Channels(socket, {
    onStdin: (data) => void stdin?.write(data),
    onStdinEnd: () => stdin?.end(),
    onResize: (columns, rows) => execution.resize(columns, rows),
    onGone: () => execution.kill(),
  });
  const pass = async (from: Readable | undefined, channel: number) => {
    if (from === undefined) return;
    try {
      for await (const data of from as AsyncIterable<Buffer>) {
        // A client that has all it wants of stdout leaves; what was said on stderr meanwhile goes first.
        if (channel === CHANNEL.stdout && stderr !== undefined) await nextTurn();
        await channels.write(channel, data);
      }
    } catch {
      // The command was ended in the middle of its output.
    }
  };
  const [exit] = await Promise.all([
    execution.exited,
    pass(stdout, CHANNEL.stdout),
    pass(stderr, CHANNEL.stderr),
  ]);
  await channels.end(exitStatusOf(exit));
}

/** As a container runtime says it, for clients to take the exit code from. */
export function exitStatusOf({ exitCode, startError }: ExecExit): object {
  const base = { metadata: {}, kind: "Status", apiVersion: "v1" };
  if (exitCode === 0 && startError === undefined) return { ...base, status: "Success" };
  if (startError !== undefined) {
    // A real cluster prefixes the message twice: in the container runtime, and in the server before it.
    const message = `Internal error occurred: Internal error occurred: error executing command in container: ${startError}`;
    return { ...base, status: "Failure", reason: "InternalError", message, code: 500 };
  }
  return {
    ...base,
    status: "Failure",
    reason: "NonZeroExitCode",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
