import { describeInput, type ManifestInput } from "../../manifests/manifest-input.ts";
import type { Cluster } from "../../network/cluster.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import { followCluster } from "../../shell/followed-cluster.ts";
import { CommandError, type Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { EXIT } from "../exit-code.ts";
import { findRunning, manifestsOf } from "../inventory.ts";

/** A cluster, and in a few words where it is from. */
export interface FoundCluster {
  readonly cluster: Cluster;
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * The cluster that a shell shows: that of the given files, else of the running `up`, else of the nearest
 * kubelane.yaml.
 * @throws CommandError when there are none of these, or a file can't be read.
 */
export async function findCluster(
  context: Context,
  given: readonly ManifestInput[] | undefined,
): Promise<FoundCluster> {
  const running = given === undefined ? await findRunning(context) : undefined;
  if (running !== undefined) {
    const { stderr } = context;
    const cluster = await followCluster(running, {
      sockets: privateFolder(context.env),
      dataFolder: dataFolder(context.env),
      onLost: ({ folder }) =>
        stderr.write(
          `kubelane: the running up of ${folder} has ended; its last state stays, and the next one is followed\n`,
        ),
      onFound: ({ folder }) => stderr.write(`kubelane: follows the up of ${folder}\n`),
    });
    return { cluster, origin: `the running up of ${running.info.folder}`, close: async () => {} };
  }
  if (context.kubeContext !== undefined) {
    throw new CommandError(
      EXIT.unreadable,
      "the shell of a cluster needs an up that follows it, and none of this folder runs",
      `start one in another terminal: kubelane up --context ${context.kubeContext}`,
    );
  }
  const { manifests, config } = await namedManifests(context, given);
  const { openOwnCluster } = await import("./own-cluster.ts");
  const own = await openOwnCluster(context, manifests, config);
  return { ...own, origin: `the manifests ${manifests.map(describeInput).join(", ")}` };
}

async function namedManifests(context: Context, given: readonly ManifestInput[] | undefined) {
  if (given === undefined) return manifestsOf(context, undefined);
  const { readLocalConfig } = await import("../local-config.ts");
  return { manifests: given, config: await readLocalConfig(context, undefined, given) };
}
