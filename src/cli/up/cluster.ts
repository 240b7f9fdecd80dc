import type { Engine } from "../../engine/engine.ts";
import { type Pod, podIPs } from "../../objects/pod.ts";
import { ClusterSource } from "../../sources/cluster/cluster-source.ts";
import { knownPlaces } from "../../sources/cluster/known-places.ts";
import { PodDataSource } from "../../sources/cluster/pod-data-source.ts";
import { PodDialer } from "../../sources/cluster/pod-dialer.ts";
import { PodReach, type WantedReach } from "../../sources/cluster/pod-reach.ts";
import { PortForwarder } from "../../sources/cluster/port-forward.ts";
import { tunnelOpener } from "../../sources/cluster/tunnel.ts";
import { asCommandError, type ChosenCluster } from "../cluster/choose-cluster.ts";
import type { Talk } from "./talk.ts";

/** A cluster that an `up` follows and reaches. */
export interface FollowedCluster {
  readonly dialer: PodDialer;
  /**
   * Takes in the cluster, and follows it from then on.
   * @throws CommandError when it can't be asked
   */
  follow(engine: Engine): Promise<void>;
  /** What is wrong while it can't be followed. */
  readonly trouble: string | undefined;
  close(): void;
}

export function followedCluster(
  cluster: ChosenCluster,
  wanted: WantedReach,
  talk: Talk,
): FollowedCluster {
  const { client, name } = cluster;
  const source = new ClusterSource(cluster);
  let engine: Engine | undefined;
  const reach = new PodReach({
    wanted,
    places: () =>
      engine === undefined
        ? []
        : knownPlaces(engine.store, (pod) => engine?.isFromCluster(pod) === true),
    told: (what) => {
      const message = `${name}: ${what}`;
      talk.tell({ type: "told", message }, message);
    },
  });
  const podAt = (address: string) => {
    // Only endpoints that don't name their pod are looked up: those that somebody wrote by hand.
    const pod = engine?.store
      .list("Pod")
      .find((each) => podIPs(each).includes(address) && engine?.isFromCluster(each));
    return pod && { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name };
  };
  const dialer = new PodDialer(new PortForwarder(tunnelOpener(client)), podAt, reach);
  return {
    dialer,
    async follow(started) {
      engine = started;
      talk.write(`following ${name}; nothing is changed there\n`);
      try {
        await started.follow(source);
        const isElsewhere = (pod: Pod) => started.isFromCluster(pod);
        await started.follow(new PodDataSource({ client, store: started.store, isElsewhere }));
      } catch (error) {
        throw asCommandError(error, cluster);
      }
      // What the answer is shows while the rest starts.
      void reach.decide();
    },
    get trouble() {
      return source.trouble;
    },
    close() {
      dialer.close();
      client.close();
    },
  };
}
