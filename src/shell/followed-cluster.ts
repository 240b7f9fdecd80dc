import { type RunningEngine, runningEngines } from "../control/client.ts";
import { followEngine } from "../control/follow.ts";
import { MirroredState } from "../control/mirrored-state.ts";
import { type ControlInfo, standpointOf } from "../control/protocol.ts";
import { reachThrough } from "../control/reach-route.ts";
import { LocalCertificates } from "../engine/local-certificates.ts";
import type { Cluster } from "../network/cluster.ts";
import { directDialer } from "../proxy/direct-dialer.ts";
import { mappedDialer } from "../proxy/mapped-dialer.ts";
import type { Reach } from "../proxy/reach.ts";
import { followedPlan } from "../routes/followed-plan.ts";
import { createView } from "../view/view.ts";

export interface FollowOptions {
  /** Where control sockets are. */
  readonly sockets: string;
  /** Where the authority of this user's certificates is. */
  readonly dataFolder: string;
  readonly onLost: (info: ControlInfo) => void;
  readonly onFound: (info: ControlInfo) => void;
}

/** Milliseconds between looks for the next `up`. */
const LOOK_AGAIN = 500;

/**
 * The state of a running `up`, followed through changes. When the `up` ends, its last state is kept, so that pods
 * that go on running are still reached, and the next `up` of the folder is followed.
 */
export async function followCluster(
  running: RunningEngine,
  { sockets, dataFolder, onLost, onFound }: FollowOptions,
): Promise<Cluster> {
  const state = new MirroredState();
  let reach: Reach;
  const follow = ({ socketPath, info }: RunningEngine): Promise<void> => {
    reach = reachThrough(socketPath);
    return followEngine(
      socketPath,
      (line) => state.apply(line),
      () => {
        onLost(info);
        lookAgain();
      },
    );
  };
  const lookAgain = () => {
    setTimeout(async () => {
      const engines = await runningEngines(sockets);
      // Not just any: another folder's pods are not the ones that were asked for.
      const found = engines.find(({ info }) => info.folder === running.info.folder);
      if (found === undefined) return lookAgain();
      onFound(found.info);
      await follow(found);
    }, LOOK_AGAIN).unref();
  };
  await follow(running);
  const { store } = state;
  const standpoint = standpointOf(running.info);
  const certificates = new LocalCertificates(dataFolder, () => new Date());
  const localAddressOf = (address: string, port: number) => state.localAddressOf(address, port);
  return {
    store,
    view: createView({ ...standpoint, store }),
    dialer: mappedDialer(localAddressOf, directDialer, (place) => reach(place)),
    localAddressOf,
    routes: {
      plan: followedPlan(store, standpoint.routeClasses),
      certificateFor: (name) => certificates.certificateFor(name),
      trustVariables: (inherited) => certificates.trustVariables(inherited),
    },
  };
}
