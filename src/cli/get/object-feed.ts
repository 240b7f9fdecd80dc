import type { KubernetesObject } from "../../objects/object.ts";
import type { Change } from "../../store/operation.ts";
import type { Context } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { findRunning, loadManifests, manifestsOf } from "../inventory.ts";

export type ObjectEvent = Pick<Change, "type" | "object">;

/**
 * All objects first, each as added, then what changes: of the running `up`, else of files as they change.
 * Ends with the signal, or with the running `up`.
 */
export async function openFeed(
  context: Context,
  paths: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<AsyncIterable<readonly ObjectEvent[]>> {
  const running = paths === undefined ? await findRunning(context) : undefined;
  if (running !== undefined) return fromRunning(running.watch(signal));
  const { manifests, config } = await manifestsOf(context, paths);
  return fromFiles(context, manifests, config, signal);
}

const added = (object: KubernetesObject): ObjectEvent => ({ type: "added", object });

async function* fromRunning(
  lines: ReturnType<NonNullable<Awaited<ReturnType<typeof findRunning>>>["watch"]>,
): AsyncGenerator<readonly ObjectEvent[]> {
  try {
    for await (const line of lines) {
      yield line.type === "snapshot" ? line.objects.map(added) : line.changes;
    }
  } catch (error) {
    // Whoever is asked may end in the middle of a line.
    const { name, code } = error as NodeJS.ErrnoException;
    if (name !== "AbortError" && code !== "ECONNRESET") throw error;
  }
}

async function* fromFiles(
  context: Context,
  manifests: readonly string[],
  config: Awaited<ReturnType<typeof manifestsOf>>["config"],
  signal: AbortSignal,
): AsyncGenerator<readonly ObjectEvent[]> {
  const engine = await loadManifests(context, manifests, config, { watch: true });
  let waiting: (readonly ObjectEvent[])[] = [];
  let wake = () => {};
  engine.on("diagnostics", (found) => reportDiagnostics(context, found));
  engine.on("changes", (changes) => {
    waiting.push(changes);
    wake();
  });
  signal.addEventListener("abort", () => wake());
  try {
    yield engine.store.kinds().flatMap((kind) => engine.store.list(kind).map(added));
    while (!signal.aborted) {
      const batches = waiting;
      waiting = [];
      for (const batch of batches) yield batch;
      if (waiting.length > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    await engine.close();
  }
}
