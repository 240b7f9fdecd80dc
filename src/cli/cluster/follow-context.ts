import { createEngine, type Engine } from "../../engine/engine.ts";
import { ClusterSource } from "../../sources/cluster/cluster-source.ts";
import type { Context } from "../command.ts";
import { withProgress } from "../progress.ts";
import { asCommandError, type ChosenCluster } from "./choose-cluster.ts";

/**
 * Follows the objects of a cluster in an engine that doesn't listen.
 * @throws CommandError when the cluster can't be read.
 */
export async function followContext(context: Context, cluster: ChosenCluster): Promise<Engine> {
  const engine = createEngine({ controllers: [], defaultNamespace: cluster.ownNamespace });
  engine.on("told", (message) => context.stderr.write(`${message}\n`));
  engine.on("fault", (error) => context.stderr.write(`error: ${error.message}\n`));
  try {
    await withProgress(context, `reading ${cluster.name}`, () =>
      engine.follow(new ClusterSource(cluster)),
    );
    return engine;
  } catch (error) {
    await engine.close();
    throw asCommandError(error, cluster);
  }
}
