import type { RunningEngine } from "../../control/client.ts";
import { standpointOf } from "../../control/protocol.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import type { Change } from "../../store/operation.ts";
import type { Context } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { findSource, loadManifests } from "../inventory.ts";

export type ObjectEvent = Pick<Change, "type" | "object">;

/** The changes, and the default namespace of the source. */
export interface ObjectFeed {
  readonly namespace: string;
  readonly events: AsyncIterable<readonly ObjectEvent[]>;
}

/**
 * All objects first, each as added, then their changes: from the running `up`, else from files or a cluster. Ends
 * with the signal, or with the running `up`.
 */
export async function openFeed(
  context: Context,
  given: readonly ManifestInput[] | undefined,
  signal: AbortSignal,
): Promise<ObjectFeed> {
  const source = await findSource(context, given);
  if ("running" in source) {
    const { running } = source;
    const { namespace = DEFAULT_NAMESPACE } = standpointOf(running.info);
    return { namespace, events: fromRunning(running.watch(signal)) };
  }
  const engine =
    "cluster" in source
      ? await (await import("../cluster/follow-context.ts")).followContext(context, source.cluster)
      : await loadManifests(context, source.manifests, source.config, { watch: true });
  engine.on("diagnostics", (found) => reportDiagnostics(context, found));
  return { namespace: engine.view.standpoint.namespace, events: changesOf(engine, signal) };
}

const added = (object: KubernetesObject): ObjectEvent => ({ type: "added", object });

async function* fromRunning(
  lines: ReturnType<RunningEngine["watch"]>,
): AsyncGenerator<readonly ObjectEvent[]> {
  try {
    for await (const line of lines) {
      yield line.type === "snapshot" ? line.objects.map(added) : line.changes;
    }
  } catch (error) {
    // The other process may end in the middle of a line.
    const { name, code } = error as NodeJS.ErrnoException;
    if (name !== "AbortError" && code !== "ECONNRESET") throw error;
  }
}

async function* changesOf(
  engine: Engine,
  signal: AbortSignal,
): AsyncGenerator<readonly ObjectEvent[]> {
  let waiting: (readonly ObjectEvent[])[] = [];
  let wake = () => {};
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
