import { createBalancer } from "../balancer/balancer.ts";
import { findRunningEngine, type RunningEngine } from "../control/client.ts";
import { followEngine } from "../control/follow.ts";
import { MirroredState } from "../control/mirrored-state.ts";
import type { ControlInfo } from "../control/protocol.ts";
import { directDialer } from "../proxy/direct-dialer.ts";
import { mappedDialer } from "../proxy/mapped-dialer.ts";
import type { Cluster } from "./cluster.ts";

export interface FollowOptions {
  /** The running `up` is the one for this folder. */
  readonly folder: string;
  /** Where control sockets are. */
  readonly sockets: string;
  readonly onLost: (info: ControlInfo) => void;
  readonly onFound: (info: ControlInfo) => void;
}

/** Milliseconds between looks for the next `up`. */
const LOOK_AGAIN = 500;

/**
 * What a running `up` knows, followed through changes. When it ends, what it last told stays: pods that go on
 * are still reached; and the next `up` of the folder is followed.
 */
export async function followCluster(
  running: RunningEngine,
  { folder, sockets, onLost, onFound }: FollowOptions,
): Promise<Cluster> {
  const state = new MirroredState();
  const follow = ({ socketPath, info }: RunningEngine): Promise<void> =>
    followEngine(
      socketPath,
      (line) => state.apply(line),
      () => {
        onLost(info);
        lookAgain();
      },
    );
  const lookAgain = () => {
    setTimeout(async () => {
      const found = await findRunningEngine(folder, sockets).catch(() => undefined);
      if (found === undefined) return lookAgain();
      onFound(found.info);
      await follow(found);
    }, LOOK_AGAIN).unref();
  };
  await follow(running);
  const { store } = state;
  const localAddressOf = (address: string, port: number) => state.localAddressOf(address, port);
  return {
    store,
    balancer: createBalancer({ store }),
    dialer: mappedDialer(localAddressOf, directDialer),
    localAddressOf,
    clusterDomain: running.info.clusterDomain,
  };
}
