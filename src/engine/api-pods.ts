import type { LogRequest } from "../api/subresources.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { LogLine, PodLogs } from "../runtime/pod-logs.ts";

/** The output of a local pod's container, as an API server streams it. */
export function podLog(
  logs: PodLogs,
  { metadata: { namespace = "", name } }: KubernetesObject,
  {
    container,
    follow,
    previous,
    timestamps,
    tailLines,
    sinceSeconds,
    sinceTime,
    limitBytes,
  }: LogRequest,
  signal: AbortSignal,
): AsyncIterable<string> | undefined {
  const since =
    sinceTime !== undefined
      ? Date.parse(sinceTime)
      : sinceSeconds === undefined
        ? undefined
        : Date.now() - sinceSeconds * 1000;
  const query = {
    follow,
    previous,
    ...(tailLines !== undefined && { tailLines }),
    ...(since !== undefined && !Number.isNaN(since) && { since }),
  };
  const lines = logs.read({ namespace, name }, container, query, signal);
  return lines && textOf(lines, timestamps, limitBytes ?? Number.POSITIVE_INFINITY);
}

async function* textOf(
  chunks: AsyncIterable<readonly LogLine[]>,
  timestamps: boolean,
  limit: number,
): AsyncGenerator<string> {
  let left = limit;
  for await (const lines of chunks) {
    const text = lines.map((line) => `${timestamps ? stamp(line) : ""}${line.line}\n`).join("");
    if (text.length >= left) {
      yield text.slice(0, left);
      return;
    }
    left -= text.length;
    yield text;
  }
}

function stamp({ time }: LogLine): string {
  return `${new Date(time).toISOString().replace("Z", "000000Z")} `;
}
