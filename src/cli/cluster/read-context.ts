import { createEngine, type Engine } from "../../engine/engine.ts";
import { ApiError } from "../../sources/cluster/api-client.ts";
import { CredentialsError } from "../../sources/cluster/credentials.ts";
import { KubeconfigError } from "../../sources/cluster/kubeconfig.ts";
import { type Cluster, openCluster } from "../../sources/cluster/open-cluster.ts";
import { type ClusterReading, readCluster } from "../../sources/cluster/read-cluster.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { withProgress } from "../progress.ts";
import { timed } from "../verbose.ts";
import { packageVersion } from "../version.ts";

/**
 * The objects of the cluster that `--context` names, in an engine that listens to nothing. They are taken as they
 * are: a cluster's own control loops have worked on them.
 * @throws CommandError when the cluster can't be read, or files are named as well.
 */
export async function readContext(
  context: Context,
  paths: readonly string[] | undefined,
  clusterDomain: string | undefined,
): Promise<Engine> {
  if (paths !== undefined) {
    const next = "leave out one of the two";
    throw new CommandError(EXIT.usage, "--context reads a cluster, and -f reads files", next);
  }
  const cluster = openContext(context);
  const { name, cluster: entry } = cluster.context;
  try {
    let reading: ClusterReading | undefined;
    await timed(
      context,
      (count) => `${count} objects of context ${name}, ${entry.server.host}`,
      async () => {
        const step = () => readCluster(cluster.client, cluster.context.namespace);
        reading = await withProgress(context, `reading ${entry.server.host}`, step);
        return reading.objects.length;
      },
    );
    const { objects, refused, namespaces } = reading!;
    if (namespaces !== undefined) {
      context.stderr.write(
        `only namespace ${namespaces.join(", ")} is read: this user may not list all namespaces\n`,
      );
    }
    for (const { resource, error } of refused) {
      context.stderr.write(`${resource.plural} are missing: ${error.message}\n`);
    }
    const engine = createEngine({
      controllers: [],
      ...(clusterDomain !== undefined && { clusterDomain }),
    });
    engine.store.apply(objects.map((object) => ({ op: "put", object })));
    return engine;
  } catch (error) {
    throw asCommandError(error, cluster);
  } finally {
    cluster.client.close();
  }
}

/** @throws CommandError for a kubeconfig that can't be used. */
export function openContext(context: Context): Cluster {
  const { env, cwd, kubeconfig, kubeContext } = context;
  try {
    const userAgent = `kubelane/${packageVersion()}`;
    return openCluster({ env, cwd, kubeconfig, context: kubeContext, userAgent });
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new CommandError(EXIT.unreadable, error.message, undefined, { cause: error });
  }
}

/** In words of the command line: what keeps a cluster from being read, and what to do about it. */
export function asCommandError(error: unknown, { context }: Cluster): unknown {
  const { name, cluster, user } = context;
  const what = `the cluster of context ${name} can't be read`;
  if (error instanceof ApiError || error instanceof CredentialsError) {
    const isLogin = error instanceof CredentialsError || error.status === 401;
    const next = isLogin
      ? `log in anew as ${user.name}, for example with kubectl get ns`
      : undefined;
    return new CommandError(EXIT.unreadable, `${what}: ${error.message}`, next, { cause: error });
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const next = `is ${cluster.server.host} reachable from here?`;
  return new CommandError(EXIT.unreadable, `${what}: ${message}`, next, { cause: error });
}
