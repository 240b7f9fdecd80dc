import type { Duplex, Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { SpdyConnection, type SpdyStream } from "../../spdy/connection.ts";
import { parseSize } from "./channels.ts";
import { type Execution, exitStatusOf } from "./exec.ts";

/** What clients have offered over SPDY since Kubernetes 1.5: an exit code as a Status, and sizes of terminals. */
export const EXEC_PROTOCOL = "v4.channel.k8s.io";

/** Which streams a client opens, by its query. */
export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A size as a client writes it, with room for more. */
const MAX_SIZE = 4096;

/**
 * Carries a command's streams over SPDY until it has ended, and says how: what {@link serveExec} does over a WebSocket,
 * for clients that know no other way. The client opens a stream for each that it named in its query, and one for how
 * it ended.
 */
export function serveExecOverSpdy(
  carrier: Duplex,
  wanted: WantedStreams,
  execution: Execution,
): void {
  const missing = new Set(["error"]);
  if (wanted.stdin) missing.add("stdin");
  if (wanted.stdout) missing.add("stdout");
  if (wanted.stderr && !wanted.tty) missing.add("stderr");
  if (wanted.tty) missing.add("resize");
  const streams = new Map<string, SpdyStream>();
  new SpdyConnection(carrier, (stream) => {
    const type = stream.headers.get("streamtype") ?? "";
    if (!missing.delete(type)) {
      stream.destroy();
      return;
    }
    streams.set(type, stream);
    if (missing.size === 0) void carry(carrier, streams, execution);
  });
}

async function carry(
  carrier: Duplex,
  streams: ReadonlyMap<string, SpdyStream>,
  execution: Execution,
): Promise<void> {
  const { stdin, stdout, stderr } = execution;
  stdin?.on("error", () => {});
  const input = streams.get("stdin");
  if (input !== undefined && stdin !== undefined) input.pipe(stdin);
  else input?.resume();
  const sizes = streams.get("resize");
  if (sizes !== undefined) readSizes(sizes, execution);
  const error = streams.get("error")!;
  // Nothing comes in it; it is read all the same, to see its end.
  error.resume();
  const [exit] = await Promise.all([
    execution.exited,
    pass(stdout, streams.get("stdout")),
    pass(stderr, streams.get("stderr")),
  ]);
  error.end(JSON.stringify(exitStatusOf(exit)));
  await finished(error, { readable: false }).catch(() => {});
  carrier.end();
}

async function pass(from: Readable | undefined, to: SpdyStream | undefined): Promise<void> {
  if (from === undefined) return;
  if (to === undefined) {
    from.resume();
    return;
  }
  to.resume();
  // The client went, or the command was ended in the middle of its output.
  await pipeline(from, to).catch(() => {});
}

/** Sizes come as JSON, one a line. */
function readSizes(stream: SpdyStream, execution: Execution): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString("utf8")}`.split("\n");
    rest = (lines.pop() ?? "").slice(-MAX_SIZE);
    for (const line of lines) {
      const size = parseSize(line);
      if (size !== undefined) execution.resize(size.columns, size.rows);
    }
  });
}
