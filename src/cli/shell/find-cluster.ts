import { type JoinRequest, joinThrough } from "../../control/join-route.ts";
import { describeInput, type ManifestInput } from "../../manifests/manifest-input.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import { followCluster } from "../../shell/followed-cluster.ts";
import { CommandError, type Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { EXIT } from "../exit-code.ts";
import { findRunning, manifestsOf } from "../inventory.ts";
import type { FoundCluster } from "./found-cluster.ts";

/**
 * The cluster that a shell is connected to: that of the given files, else of the running `up`, else of the nearest
 * kubelane.yaml.
 * @throws CommandError when there is none, or a file can't be read.
 */
export async function findCluster(
  context: Context,
  given: readonly ManifestInput[] | undefined,
): Promise<FoundCluster> {
  const running = given === undefined ? await findRunning(context) : undefined;
  if (running !== undefined) {
    const { stderr } = context;
    let joined = false;
    const cluster = await followCluster(running, {
      sockets: privateFolder(context.env),
      dataFolder: dataFolder(context.env),
      onLost: ({ folder }) =>
        stderr.write(
          joined
            ? `kubelane: the running up of ${folder} has ended, and with it this network: nothing is reached here any more\n`
            : `kubelane: the running up of ${folder} has ended; its last state stays, and the next one is followed\n`,
        ),
      onFound: ({ folder }) => joined || stderr.write(`kubelane: follows the up of ${folder}\n`),
    });
    const join = async (request: JoinRequest) => {
      const place = await joinThrough(running.socketPath, request);
      joined = place !== undefined;
      return place;
    };
    const origin = `the running up of ${running.info.folder}`;
    return { cluster, origin, join, close: async () => {} };
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
  const { findLocalConfig } = await import("../local-config.ts");
  return { manifests: given, config: await findLocalConfig(context, undefined, given) };
}
