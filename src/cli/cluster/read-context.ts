import { createEngine, type Engine } from "../../engine/engine.ts";
import { type ClusterReading, readCluster } from "../../sources/cluster/read-cluster.ts";
import type { Context } from "../command.ts";
import { withProgress } from "../progress.ts";
import { timed } from "../verbose.ts";
import { asCommandError, type ChosenCluster } from "./choose-cluster.ts";

export interface ReadingOptions {
  /**
   * The namespace that the command asks about; the only one that is read where the user may not read all. Default:
   * the context's.
   */
  readonly namespace?: string | undefined;
  readonly clusterDomain?: string | undefined;
}

/**
 * The objects of a cluster in an engine that doesn't listen. No control loops run: the cluster's own have done their
 * work.
 * @throws CommandError when the cluster can't be read.
 */
export async function readContext(
  context: Context,
  cluster: ChosenCluster,
  { namespace, clusterDomain }: ReadingOptions,
): Promise<Engine> {
  const { name, client, namespaces, ownNamespace } = cluster;
  const wanted = { namespaces, ownNamespace: namespace ?? ownNamespace };
  try {
    let reading: ClusterReading | undefined;
    await timed(
      context,
      (count) => `${count} objects of ${name}`,
      async () => {
        reading = await withProgress(context, `reading ${name}`, () => readCluster(client, wanted));
        return reading.objects.length;
      },
    );
    const { objects, refused, namespaces: places } = reading!;
    if (namespaces === undefined && places !== undefined) {
      context.stderr.write(
        `only namespace ${places.join(", ")} is read: this user may not list all namespaces\n`,
      );
    }
    for (const { resource, error } of refused) {
      context.stderr.write(`${resource.plural} are missing: ${error.message}\n`);
    }
    const engine = createEngine({
      controllers: [],
      defaultNamespace: ownNamespace,
      ...(clusterDomain !== undefined && { clusterDomain }),
    });
    engine.store.apply(objects.map((object) => ({ op: "put", object })));
    return engine;
  } catch (error) {
    throw asCommandError(error, cluster);
  } finally {
    client.close();
  }
}
